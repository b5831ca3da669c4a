/**
 * Api: everything under `/v1`, as a contract that the server keeps and that clients and `/openapi.json` are made of.
 *
 * `GET /v1/live` stands outside it, in `Live.ts`: it is a stream of server-sent events.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { Accounts } from "./Accounts.ts"
import { Analytics } from "./Analytics.ts"
import { Anomalies } from "./Anomalies.ts"
import { Budgets } from "./Budgets.ts"
import { Categorization } from "./Categorization.ts"
import { Demo } from "./Demo.ts"
import { Identity } from "./Identity.ts"
import { Imports } from "./Imports.ts"
import { Notifications } from "./Notifications.ts"
import { Privacy } from "./Privacy.ts"
import { Processors } from "./Processors.ts"
import { Recurring } from "./Recurring.ts"
import { Rules } from "./Rules.ts"
import { Transactions } from "./Transactions.ts"
import { Transfers } from "./Transfers.ts"

export class Api extends HttpApi.make("finance")
  .add(
    Identity,
    Accounts,
    Imports,
    Transactions,
    Transfers,
    Budgets,
    Anomalies,
    Recurring,
    Analytics,
    Categorization,
    Rules,
    Notifications,
    Processors,
    Privacy,
    Demo
  )
  .prefix("/v1")
  .annotate(HttpApi.ParseOptions, { onExcessProperty: "error", errors: "all" })
  .annotate(HttpApi.HeadersParseOptions, {})
  .annotate(HttpApi.SuccessParseOptions, {})
  .annotate(HttpApi.ErrorParseOptions, {})
  .annotate(OpenApi.Title, "Personal Finance Tracker")
  .annotate(OpenApi.Version, "1") {}
