/**
 * ToldTransaction: a transaction as it is answered with, in the language that was asked for.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { languageOf } from "@finance/core/ledger/Explanation"
import * as Anomalies from "@finance/core/read-models/Anomalies"
import { withPerson } from "@finance/core/read-models/Person"
import { rowOf } from "@finance/core/read-models/TransactionStory"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { ownStream } from "./OwnStream.ts"

export const language = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => languageOf(headers["accept-language"]))

/** The transaction as its stream has it, which is never behind. */
export const told = Effect.fnUntraced(function* (owner_id: string, id: string) {
  const row = rowOf(yield* ownStream(owner_id, id, "transaction"))
  const anomaly_ids = yield* unbroken(withPerson(owner_id, Anomalies.idsOf(id)))
  return Answers.transaction({ ...row, anomaly_ids }, yield* language)
})
