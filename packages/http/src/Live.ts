/**
 * Live: `GET /v1/live`, what changes for a person as it changes, as server-sent events (HTML, 9.2).
 *
 *   snapshot                 where everything stands: accounts, this period's budgets and alerts
 *   transaction              a transaction as it is now, or {id, deleted: true}
 *   transactions             many at once, as in an import: {count, account_ids, from_date, to_date}
 *   account, import          the resource as it is now
 *   budget                   an alert: a threshold that a budget reached
 *   anomaly                  something found to look at, as it is now, or {id, withdrawn: true}
 *   processor                to an operator: a program of which something has changed, as it is now (`LiveProcessors`)
 *   budgets                  budgets of these months changed, and what rolls over from them into later ones: {months}
 *   notification             something the person is told of
 *
 * Every event's id is its place in the person's `changes`; who comes back with `Last-Event-ID` gets what came since instead of a snapshot,
 * unless that is more than is worth telling one by one.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Signals } from "@finance/core/database/Signals"
import type { Language } from "@finance/core/ledger/Explanation"
import * as Accounts from "@finance/core/read-models/Accounts"
import * as Anomalies from "@finance/core/read-models/Anomalies"
import * as Budgets from "@finance/core/read-models/Budgets"
import * as Changes from "@finance/core/read-models/Changes"
import * as Imports from "@finance/core/read-models/Imports"
import * as Notifications from "@finance/core/read-models/Notifications"
import { withPerson } from "@finance/core/read-models/Person"
import * as Transactions from "@finance/core/read-models/Transactions"
import * as TraceContext from "@finance/core/telemetry/TraceContext"
import * as Answers from "./Answers.ts"
import { today } from "./handlers/Clock.ts"
import * as LiveProcessors from "./LiveProcessors.ts"

const maxBatch = 200
/** Further behind than this, a snapshot says more in less. */
const maxReplayed = 2_000n

const heartbeat = "15 seconds"
/** How soon it looks by itself, should a signal be lost. */
const net = "1 second"

const written = (event: string, id: bigint, data: unknown) => `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`

const snapshot = (user_id: string) =>
  withPerson(
    user_id,
    Effect.gen(function* () {
      // The number first: what changes while the rest is read is then told once more, and nothing is missed.
      const seq = yield* Changes.head
      const { month } = yield* Budgets.periodOf(yield* today)
      const accounts = yield* Accounts.list
      const budgets = yield* Budgets.inMonth(month)
      const alerts = yield* Budgets.alertsOf(month)
      const data = {
        seq: Number(seq),
        month,
        accounts: accounts.map(Answers.account),
        budgets: budgets.map(Answers.budget),
        alerts: alerts.map(Answers.alert)
      }
      return { seq, text: written("snapshot", seq, data) }
    })
  )

type Kind = Changes.Change["kind"]

const idsOf = (changes: ReadonlyArray<Changes.Change>, kind: Kind): ReadonlyArray<string> => [
  ...new Set(changes.flatMap((change) => (change.kind === kind && "id" in change.subject ? [change.subject.id] : [])))
]

const byId = <A extends { readonly id: string }>(rows: ReadonlyArray<A>) => new Map(rows.map((row) => [row.id, row]))

/** What is told of something that is no longer there. */
const goneOf: Partial<Record<Kind, object>> = { transaction: { deleted: true }, anomaly: { withdrawn: true } }

/** What the changes are about, as it is now, each kind in one query. */
const subjects = Effect.fnUntraced(function* (changes: ReadonlyArray<Changes.Change>, language: Language) {
  const ids = {
    transaction: idsOf(changes, "transaction"),
    import: idsOf(changes, "import"),
    budget: idsOf(changes, "budget"),
    notification: idsOf(changes, "notification"),
    anomaly: idsOf(changes, "anomaly")
  }
  const accounts = changes.some(({ kind }) => kind === "account") ? yield* Accounts.list : []
  const transactions = ids.transaction.length === 0 ? [] : yield* Transactions.findAll(ids.transaction)
  const imports = ids.import.length === 0 ? [] : yield* Imports.findAll(ids.import)
  const alerts = ids.budget.length === 0 ? [] : yield* Budgets.alerts(ids.budget)
  const notifications = ids.notification.length === 0 ? [] : yield* Notifications.findAll(ids.notification)
  const anomalies = ids.anomaly.length === 0 ? [] : yield* Anomalies.findAll(ids.anomaly)
  return {
    notification: byId(notifications.map((row) => Answers.notification(row, language))),
    transaction: byId(transactions.map((row) => Answers.transaction(row, language))),
    import: byId(imports.map(Answers.imported)),
    account: byId(accounts.map(Answers.account)),
    anomaly: byId(anomalies.map((row) => Answers.anomaly(row, language))),
    budget: new Map(alerts.map((row) => [row.id, Answers.alert(row)]))
  }
})

/** These changes as text, as part of the trace of what changed. */
const told = (changes: ReadonlyArray<Changes.Change>, language: Language) =>
  TraceContext.following("send changes", "producer", () => changes.map(({ traceparent }) => traceparent ?? undefined))(
    Effect.gen(function* () {
      const now = yield* subjects(changes, language)
      // What changed several times in the batch is told once, where it changed last: it is told as it is now anyway.
      const last = new Map(
        changes.map((change) => [`${change.kind}/${"id" in change.subject ? change.subject.id : change.seq}`, change.seq])
      )
      const lasting = new Set(last.values())
      const texts = changes.flatMap((change) => {
        const { kind, subject, seq } = change
        if (!lasting.has(seq)) return []
        if (!("id" in subject)) return [written(kind, seq, subject)]
        const data = kind in now ? now[kind as keyof typeof now].get(subject.id) : undefined
        const gone = goneOf[kind]
        return data !== undefined || gone !== undefined ? [written(kind, seq, data ?? { id: subject.id, ...gone })] : []
      })
      return texts.join("")
    })
  )

const since = (user_id: string, seq: bigint, language: Language) =>
  withPerson(
    user_id,
    Effect.gen(function* () {
      const changes = yield* Changes.after(seq, maxBatch)
      const text = yield* told(changes, language)
      return { seq: changes.at(-1)?.seq ?? seq, text }
    })
  )

/** Where to begin: after the event that the client saw last, or with a snapshot when it saw none or too much has happened. */
const begin = Effect.fnUntraced(function* (user_id: string, lastEventId: string | null) {
  if (lastEventId === null || !/^\d{1,18}$/.test(lastEventId)) return yield* snapshot(user_id)
  const seen = BigInt(lastEventId)
  const head = yield* withPerson(user_id, Changes.head)
  return seen > head || head - seen > maxReplayed ? yield* snapshot(user_id) : { seq: seen, text: "" }
})

/** The person's events as text, until whoever reads leaves. */
export const events = (
  { user_id, roles }: { readonly user_id: string; readonly roles: ReadonlyArray<string> },
  lastEventId: string | null,
  language: Language
) => {
  const own = Stream.unwrap(
    Effect.gen(function* () {
      const signals = yield* Signals
      const first = yield* begin(user_id, lastEventId)
      const further = Stream.paginate(first.seq, (seq) =>
        Effect.gen(function* () {
          while (true) {
            const seen = signals.current("changes")
            const next = yield* since(user_id, seq, language)
            if (next.seq > seq) return [[next.text], Option.some(next.seq)] as const
            yield* signals.changedSince("changes", seen, net)
          }
        })
      )
      return Stream.concat(Stream.make("retry: 2000\n\n", first.text), further)
    })
  )
  const beats = Stream.tick(heartbeat).pipe(
    Stream.drop(1),
    Stream.map(() => ": still here\n\n")
  )
  const programs = roles.includes("operator") ? LiveProcessors.events : Stream.empty
  const besides = Stream.merge(beats, programs)
  return Stream.merge(own, besides, { haltStrategy: "left" }).pipe(Stream.filter((text) => text !== ""))
}
