/**
 * Transfers: links two transactions of a person as one move, and takes them apart, on both streams or on none.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { type Append, EventStore, type Metadata } from "../event-store/EventStore.ts"
import { Vault } from "../event-store/Vault.ts"
import type { Explanation } from "../ledger/Explanation.ts"
import * as Transaction from "../ledger/Transaction.ts"
import type { By } from "./TransferLink.ts"

export interface Move {
  readonly owner_id: string
  readonly one: string
  readonly other: string
  readonly by: By
  readonly metadata: Metadata
}

/** A transaction as its own stream has it, and its version. Of another person, or no transaction, it is as if it did not exist. */
const standing = Effect.fnUntraced(function* (owner_id: string, id: string) {
  const store = yield* EventStore
  const { decider } = Transaction
  const recorded = (yield* store.readStream(id)).filter(
    (event) => event.owner_id === owner_id && event.stream_type === decider.stream_type
  )
  const state = recorded.reduce(
    (state, { event }) => decider.evolve(state, event as Transaction.TransactionEvent),
    decider.initial
  )
  return { id, state, version: recorded.at(-1)?.version ?? 0 }
})

type Standing = Effect.Success<ReturnType<typeof standing>>

const decided = Effect.fnUntraced(function* (
  { owner_id, metadata }: Move,
  { id, state, version }: Standing,
  command: Transaction.TransactionCommand
) {
  const events = yield* Effect.fromResult(Transaction.decide(state, command))
  const append: Append = { stream_id: id, stream_type: "transaction", owner_id, expected: version, metadata, events }
  return events.length === 0 ? [] : [append]
})

/**
 * What links them, decided on how both stand now; nothing where they are linked. Fails with `TransactionRefused` when one of them cannot
 * be linked to the other.
 */
export const linking = Effect.fnUntraced(function* (move: Move, explain: (counterpart: Transaction.Transaction) => Explanation) {
  const vault = yield* Vault
  const legs = [yield* standing(move.owner_id, move.one), yield* standing(move.owner_id, move.other)] as const
  const [one, other] = legs
  if (one.state === null || other.state === null) return yield* new Transaction.TransactionRefused({ reason: "not-found" })
  const key = yield* vault.keyOf(move.owner_id)
  const transfer_id = key.streamIdOf(`transfer/${[one.id, other.id].toSorted().join("/")}`)
  const commandOn = (counterpart: Transaction.Transaction): Transaction.Link => ({
    command: "Link",
    transfer_id,
    counterpart_id: counterpart.id,
    counterpart_account_id: counterpart.account_id,
    by: move.by,
    explanation: explain(counterpart)
  })
  return [
    ...(yield* decided(move, one, commandOn(other.state))),
    ...(yield* decided(move, other, commandOn(one.state)))
  ] satisfies ReadonlyArray<Append>
})

/** What takes the two apart; nothing where they are not linked to each other. */
export const unlinking = (move: Move) => unlinkingOf(move, () => true)

/** What takes the other apart where the one has been already, as when it was deleted. */
export const unlinkingLeft = (move: Move) => unlinkingOf(move, (linked) => linked === 1)

const unlinkingOf = Effect.fnUntraced(function* (move: Move, isDue: (linked: number) => boolean) {
  const legs = [yield* standing(move.owner_id, move.one), yield* standing(move.owner_id, move.other)]
  const linked = legs.filter(({ id, state }) => state?.transfer?.counterpart_id === (id === move.one ? move.other : move.one))
  if (!isDue(linked.length)) return []
  return (yield* Effect.forEach(linked, (leg) => decided(move, leg, { command: "Unlink", by: move.by }))).flat()
})

/** Appends what was decided, all or nothing. Fails with `WrongExpectedVersion` when something else came first: decide again. */
export const carryOut = Effect.fnUntraced(function* (appends: ReadonlyArray<Append>) {
  if (appends.length === 0) return null
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const appended = yield* sql.withTransaction(
    Effect.flatMap(store.append(appends), (answers) => Effect.forEach(answers, (answer) => Effect.fromResult(answer)))
  )
  return appended.reduce((last, { position }) => (position > last ? position : last), 0n)
})
