import { assert, layer } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as SqlClient from "effect/sql/SqlClient"
import { start as startKafka } from "../../../deploy/brokers/KafkaServer.ts"
import * as Processors from "./Processors.ts"
import {
  begins,
  completed,
  eventually,
  kr,
  type Line,
  opens,
  type Person,
  receives,
  settled,
  statementOf,
  still
} from "./TestLedger.ts"

/** Every program at work over the bus of this environment, for as long as `work` lasts. */
const over = <A, E, R>(environment: Readonly<Record<string, string>>, work: Effect.Effect<A, E, R>) =>
  Effect.andThen(Layer.build(Layer.fresh(Processors.layer)), work).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))),
    Effect.scoped
  )

const postgres = { EVENT_BUS: "postgres" }

const purchases = (month: string, count: number): ReadonlyArray<Line> =>
  Array.from({ length: count }, (_, index) => ({
    day: `2025-${month}-${String(1 + (index % 28)).padStart(2, "0")}`,
    amount: -kr(100 + index),
    description: "KIWI MAJORSTUEN"
  }))

const sumOf = (lines: ReadonlyArray<Line>) => lines.reduce((sum, { amount }) => sum + amount, 0n)

/** The person's money as each read model has it, and how often the programs did what they do once for each purchase. */
const booksOf = Effect.fnUntraced(function* ({ owner_id, account }: Person) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<Record<"balance" | "transactions" | "days" | "lines" | "categorised", bigint>>`
    SELECT a.current_balance AS balance,
      (SELECT coalesce(sum(amount), 0)::bigint FROM transactions t WHERE t.account_id = a.id) AS transactions,
      (SELECT coalesce(sum(total_amount), 0)::bigint FROM daily_aggregates d WHERE d.owner_id = ${owner_id}) AS days,
      (SELECT count(*) FROM transactions t WHERE t.account_id = a.id) AS lines,
      (SELECT count(*) FROM events e WHERE e.owner_id = ${owner_id} AND e.type = 'TransactionCategorized') AS categorised
    FROM account_projections a WHERE a.id = ${account.id}`
  return row!
})

const hasLines = ({ account }: Person, count: number) =>
  eventually(
    Effect.map(
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT FROM transactions WHERE account_id = ${account.id}`),
      ({ length }) => length >= count
    )
  )

// whoever cannot reach the broker says so, and here they do for a while
const quiet = Layer.provideMerge(still, Layer.succeed(References.MinimumLogLevel, "Error"))

layer(quiet, { excludeTestServices: true })("the bus of a ledger in use", (it) => {
  it.effect(
    "is changed to Kafka and back, and Kafka dies in between: nobody's purchase is lost, none counts twice",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const server = yield* startKafka()
        const kafka = { EVENT_BUS: "kafka", KAFKA_BOOTSTRAP_SERVERS: server.bootstrapServers }
        const [january, february, march] = [purchases("01", 900), purchases("02", 900), purchases("03", 900)]
        const person = yield* opens({ opening_balance: kr(1_000_000) })

        // from one bus to the other in the middle of an import
        const first = yield* begins(person, statementOf(january))
        yield* over(postgres, hasLines(person, 1))
        yield* over(
          kafka,
          Effect.gen(function* () {
            yield* completed(first)
            yield* settled
            const second = yield* begins(person, statementOf(february))
            yield* hasLines(person, 901)
            // the broker dies in the middle of another
            yield* server.kill
            const entered = yield* receives(person, { day: "2025-04-01", amount: -kr(1), description: "RUTER" })
            assert.strictEqual((yield* sql`SELECT FROM events WHERE stream_id = ${entered}`).length, 1)
            yield* server.start
            yield* completed(second)
            yield* settled
          })
        )
        // and back, in the middle of a third
        const third = yield* begins(person, statementOf(march))
        yield* over(kafka, hasLines(person, 1_802))
        yield* over(postgres, Effect.andThen(completed(third), settled))

        const spent = sumOf([...january, ...february, ...march]) - kr(1)
        assert.deepStrictEqual(yield* booksOf(person), {
          balance: kr(1_000_000) + spent,
          transactions: spent,
          days: spent,
          lines: 2_701n,
          categorised: 2_701n
        })
        const sinks = yield* sql<{ sink: string }>`SELECT sink FROM outbox_checkpoints ORDER BY sink`
        assert.deepStrictEqual(
          sinks.map(({ sink }) => sink),
          ["kafka", "postgres"]
        )
      }),
    180_000
  )
})
