import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqlClient from "effect/sql/SqlClient"
import * as Changes from "@finance/core/changes/Changes"
import { drawFrom } from "@finance/core/demo/Draw"
import { dayIn, monthOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { budgetWatch } from "../budgets/BudgetWatch.ts"
import { categorization } from "../categorization/Categorization.ts"
import * as TestLedger from "../TestLedger.ts"
import {
  budgets,
  files,
  handOver,
  imports,
  kr,
  opens,
  type Person,
  receives,
  settled,
  spends,
  statementOf
} from "../TestLedger.ts"
import { projections } from "./Projections.ts"

interface Told {
  readonly seq: bigint
  readonly kind: string
  readonly subject: Record<string, unknown>
}

const feedOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Told>`SELECT seq, kind, subject FROM changes WHERE owner_id = ${owner_id} ORDER BY seq`
})

const hasNoGaps = (feed: ReadonlyArray<Told>) => feed.every(({ seq }, index) => seq === BigInt(index + 1))

/** Looks at the person's feed until told to stop: what it shows must always reach from the first change to the last without a gap. */
const watches = Effect.fnUntraced(function* (owner_id: string) {
  let looks = 0
  let gaps = 0
  const watching = yield* Effect.forkChild(
    Effect.forever(
      Effect.gen(function* () {
        if (!hasNoGaps(yield* feedOf(owner_id))) gaps++
        looks++
        yield* Effect.sleep("1 millis")
      })
    )
  )
  return Effect.andThen(
    Fiber.interrupt(watching),
    Effect.sync(() => ({ looks, gaps }))
  )
})

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    day: `2025-03-${String(1 + (index % 28)).padStart(2, "0")}`,
    amount: -kr(10 + index),
    description: "KIWI MAJORSTUEN"
  }))

/** What the projections tell a person of what they have not told yet. */
const news = Effect.fnUntraced(function* ({ owner_id }: Person) {
  const before = (yield* feedOf(owner_id)).length
  yield* handOver(projections)
  return (yield* feedOf(owner_id)).slice(before).map(({ kind, subject }) => ({ kind, subject }))
})

layer(TestLedger.still, { excludeTestServices: true })("what a person watches live", (it) => {
  it.effect("is numbered without gaps in the order it can be seen, however many write at once", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const people = [newId(), newId()] as const
      const draw = drawFrom("writers")
      const stop = yield* watches(people[0])
      const writer = Effect.suspend(() => {
        const owners = Array.from({ length: draw.between(1, 3) }, () => draw.pick(people))
        const [before, after] = [draw.below(5), draw.below(10)]
        const fails = draw.chance(20)
        return sql
          .withTransaction(
            Effect.gen(function* () {
              yield* Effect.sleep(before)
              yield* Changes.record(owners.map((owner_id) => ({ owner_id, kind: "account", subject: { id: newId() } })))
              yield* Effect.sleep(after)
              if (fails) yield* Effect.fail("thought better of it" as const)
            })
          )
          .pipe(
            Effect.as(owners),
            Effect.catchIf(
              (error) => error === "thought better of it",
              () => Effect.succeed([])
            )
          )
      })
      const written = (yield* Effect.all(
        Array.from({ length: 120 }, () => writer),
        { concurrency: 6 }
      )).flat()
      const { looks, gaps } = yield* stop
      assert.strictEqual(gaps, 0)
      assert.isAbove(looks, 3)
      for (const owner_id of people) {
        const feed = yield* feedOf(owner_id)
        assert.isTrue(hasNoGaps(feed))
        assert.lengthOf(feed, written.filter((owner) => owner === owner_id).length)
      }
    })
  )

  it.effect("tells of a few purchases one by one, and of many at once in one line", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const account = { kind: "account", subject: { id: person.account.id } }
      assert.deepStrictEqual(yield* news(person), [account])
      const ids = yield* Effect.forEach(lines(3), (line) => receives(person, line))
      assert.sameDeepMembers(yield* news(person), [account, ...ids.map((id) => ({ kind: "transaction", subject: { id } }))])
      yield* Effect.forEach(lines(60), (line) => receives(person, line))
      assert.sameDeepMembers(yield* news(person), [
        account,
        {
          kind: "transactions",
          subject: { count: 60, account_ids: [person.account.id], from_date: "2025-03-01", to_date: "2025-03-28" }
        }
      ])
    })
  )

  it.effect("tells of a budget that is used up, and of nothing to anybody else", () =>
    Effect.gen(function* () {
      const [person, other] = [yield* opens(), yield* opens()]
      const today = dayIn(new Date())
      const month = monthOf(today)
      yield* budgets(person, { command: "Set", category: "dining", amount: kr(100), currency: "NOK", month })
      yield* spends(person, "dining", 120, today)
      yield* news(person)
      const before = yield* feedOf(other.owner_id)
      yield* handOver(categorization)
      yield* handOver(budgetWatch)
      const told = yield* news(person)
      assert.deepStrictEqual(
        told.map(({ kind }) => kind),
        ["budget"]
      )
      const feed = yield* feedOf(person.owner_id)
      assert.deepInclude(
        feed.map(({ kind, subject }) => ({ kind, subject })),
        { kind: "budgets", subject: { months: [month] } }
      )
      assert.isTrue(hasNoGaps(feed))
      assert.deepStrictEqual(yield* feedOf(other.owner_id), before)
    })
  )
})

layer(TestLedger.running, { excludeTestServices: true })("while every program is at work", (it) => {
  it.effect("an import, purchases and corrections at once are told without a gap, to each person their own", () =>
    Effect.gen(function* () {
      const people = [yield* opens(), yield* opens()]
      const stop = yield* watches(people[0]!.owner_id)
      const lives = Effect.fnUntraced(function* (person: Person) {
        for (let turn = 0; turn < 15; turn++) {
          const bought = yield* spends(person, "dining", 100 + turn)
          yield* files(person, bought, "groceries")
        }
      })
      yield* Effect.all(
        people.flatMap((person) => [imports(person, statementOf(lines(300))), lives(person)]),
        { concurrency: "unbounded" }
      )
      yield* settled
      const { looks, gaps } = yield* stop
      assert.strictEqual(gaps, 0)
      assert.isAbove(looks, 3)
      for (const person of people) {
        const feed = yield* feedOf(person.owner_id)
        assert.isTrue(hasNoGaps(feed))
        assert.includeMembers(
          feed.map(({ kind }) => kind),
          ["account", "import", "transaction", "transactions", "budgets"]
        )
        for (const { kind, subject } of feed) if (kind === "account") assert.strictEqual(subject["id"], person.account.id)
      }
    })
  )
})
