/**
 * V1: the contract with its handlers and what stands before them, as one handler of web requests.
 */
import * as Layer from "effect/Layer"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServer from "effect/http/HttpServer"
import * as Authorization from "./Authorization.ts"
import { Api } from "./contract/Api.ts"
import * as Accounts from "./handlers/Accounts.ts"
import * as Analytics from "./handlers/Analytics.ts"
import * as Anomalies from "./handlers/Anomalies.ts"
import * as Budgets from "./handlers/Budgets.ts"
import * as Categorization from "./handlers/Categorization.ts"
import * as Demo from "./handlers/Demo.ts"
import * as Identity from "./handlers/Identity.ts"
import * as Imports from "./handlers/Imports.ts"
import * as Notifications from "./handlers/Notifications.ts"
import * as Privacy from "./handlers/Privacy.ts"
import * as Processors from "./handlers/Processors.ts"
import * as Recurring from "./handlers/Recurring.ts"
import * as Rules from "./handlers/Rules.ts"
import * as Transactions from "./handlers/Transactions.ts"
import * as Transfers from "./handlers/Transfers.ts"
import * as Idempotency from "./Idempotency.ts"
import * as Problems from "./Problems.ts"
import * as Strictness from "./Strictness.ts"

export const layer = HttpApiBuilder.layer(Api).pipe(
  Layer.provide([
    Identity.layer,
    Accounts.layer,
    Imports.layer,
    Transactions.layer,
    Transfers.layer,
    Budgets.layer,
    Anomalies.layer,
    Recurring.layer,
    Analytics.layer,
    Categorization.layer,
    Rules.layer,
    Notifications.layer,
    Processors.layer,
    Privacy.layer,
    Demo.layer
  ]),
  Layer.provide([Authorization.layer, Idempotency.layer, Strictness.layer, Problems.layer]),
  Layer.provide(HttpServer.layerServices)
)
