/**
 * Anomaly: something about a transaction that a person may want to look at, told with why it was thought so and what it was compared with.
 *
 * There is at most one of each type for a transaction, ever, under an id that follows from the two: what is found again is found to be
 * known. It is withdrawn when it no longer holds (its transaction is deleted, or is seen to be something else) and told anew should it
 * hold again. What a person dismissed stays dismissed.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Explanation } from "../ledger/Explanation.ts"

// ---- Events ----

export const anomalyTypes = ["unusual_amount", "unusual_merchant", "duplicate", "price_change"] as const
export const AnomalyType = Schema.Literals(anomalyTypes)
export type AnomalyType = typeof AnomalyType.Type

const of = { anomaly_id: Schema.String, transaction_id: Schema.String, anomaly_type: AnomalyType }

export const AnomalyDetected = Schema.Struct({
  type: Schema.Literal("AnomalyDetected"),
  ...of,
  /** How surprising it is, 0 to 1. */
  anomaly_score: Schema.Finite,
  explanation: Explanation,
  /** The transactions it was compared with, a few at most. */
  evidence: Schema.Array(Schema.String),
  /** Of a line so old when it came that it is no news: to be listed, not to be told of. */
  late: Schema.Boolean
})
export type AnomalyDetected = typeof AnomalyDetected.Type

export const AnomalyDismissed = Schema.Struct({ type: Schema.Literal("AnomalyDismissed"), ...of })
export type AnomalyDismissed = typeof AnomalyDismissed.Type

export const AnomalyWithdrawn = Schema.Struct({
  type: Schema.Literal("AnomalyWithdrawn"),
  ...of,
  /** Its transaction was deleted, or was looked at again after something about it or beside it had changed. */
  reason: Schema.Literals(["deleted", "reconsidered"])
})
export type AnomalyWithdrawn = typeof AnomalyWithdrawn.Type

export const AnomalyEvent = Schema.Union([AnomalyDetected, AnomalyDismissed, AnomalyWithdrawn])
export type AnomalyEvent = typeof AnomalyEvent.Type

// ---- State ----

export type AnomalyStatus = "open" | "dismissed" | "withdrawn"

export interface Anomaly {
  readonly id: string
  readonly transaction_id: string
  readonly anomaly_type: AnomalyType
  readonly status: AnomalyStatus
}

/** The state after the events so far, or null before the first. */
export const evolve = (anomaly: Anomaly | null, event: AnomalyEvent): Anomaly => {
  const { anomaly_id: id, transaction_id, anomaly_type } = event
  switch (event.type) {
    case "AnomalyDetected":
      return { id, transaction_id, anomaly_type, status: anomaly?.status === "dismissed" ? "dismissed" : "open" }
    case "AnomalyDismissed":
      return { id, transaction_id, anomaly_type, status: "dismissed" }
    case "AnomalyWithdrawn":
      return { id, transaction_id, anomaly_type, status: anomaly?.status === "dismissed" ? "dismissed" : "withdrawn" }
  }
}

// ---- Commands ----

/** What is found and what no longer holds is said by the program that looks; a person has this one thing to say. */
export interface AnomalyCommand {
  readonly command: "Dismiss"
}

export class AnomalyRefused extends Schema.TaggedError<AnomalyRefused>()("AnomalyRefused", {
  reason: Schema.Literals(["not-found", "withdrawn"])
}) {
  override get message() {
    return `The anomaly refuses: ${this.reason.replaceAll("-", " ")}`
  }
}

const refuse = (reason: AnomalyRefused["reason"]) => Result.fail(new AnomalyRefused({ reason }))

/** What happens when the command meets the anomaly: events to append, none when it is so already, or a refusal. */
export const decide = (
  anomaly: Anomaly | null,
  _command: AnomalyCommand
): Result.Result<ReadonlyArray<AnomalyEvent>, AnomalyRefused> => {
  if (anomaly === null) return refuse("not-found")
  if (anomaly.status === "withdrawn") return refuse("withdrawn")
  if (anomaly.status === "dismissed") return Result.succeed([])
  const { id: anomaly_id, transaction_id, anomaly_type } = anomaly
  return Result.succeed([{ type: "AnomalyDismissed", anomaly_id, transaction_id, anomaly_type }])
}

/** How an anomaly is decided on, for whoever carries commands out. */
export const decider = { stream_type: "anomaly" as const, initial: null as Anomaly | null, evolve, decide }
