/**
 * EmmettBooks: the peer's side: the same two read models as an async projection of its own, rebuilt by `rebuildPostgreSQLProjections`. It
 * hands a projection one event at a time, in the transaction of its batch. Batches are of 1,000 and follow each other at once, where by
 * default they are of 100 and rest 50 ms in between: that would be a measurement of its rests.
 */
import { sql, type SQL } from "@event-driven-io/dumbo"
import { postgreSQLProjection, rebuildPostgreSQLProjections } from "@event-driven-io/emmett-postgresql"
import type { TransactionCategorized, TransactionCreated } from "@finance/core/ledger/Transaction"
import { plain } from "../Bookings.ts"
import * as Emmett from "../Emmett.ts"
import { type Place, run } from "../Server.ts"
import { story } from "./Story.ts"

/** An event's data as JSON keeps it: a bigint as text. */
type Plain<Event extends { readonly amount: bigint }> = Omit<Event, "amount"> & {
  readonly owner_id: string
  readonly amount: string
}

interface Created {
  readonly type: "TransactionCreated"
  readonly data: Plain<TransactionCreated>
}

interface Categorized {
  readonly type: "TransactionCategorized"
  readonly data: Plain<TransactionCategorized>
}

type Told = Created | Categorized

const tables = [
  `CREATE TABLE transactions (
     id uuid PRIMARY KEY, owner_id uuid NOT NULL, account_id uuid NOT NULL, amount bigint NOT NULL, currency text NOT NULL,
     description text NOT NULL, merchant_name text, category text NOT NULL, confidence real NOT NULL, explanation jsonb,
     occurred_at timestamptz NOT NULL, booking_date date NOT NULL) WITH (fillfactor = 50)`,
  "CREATE INDEX transactions_newest ON transactions (owner_id, occurred_at DESC, id DESC)",
  "CREATE INDEX transactions_account ON transactions (owner_id, account_id, occurred_at DESC, id DESC)",
  `CREATE TABLE daily_aggregates (
     owner_id uuid, day date, category text, merchant_name text, currency text, total_amount bigint NOT NULL,
     transaction_count bigint NOT NULL, PRIMARY KEY (owner_id, day, category, merchant_name, currency)) WITH (fillfactor = 70)`
]

/** Makes the tables of the read models. */
export const prepare = async ({ url }: Place): Promise<void> => {
  await Emmett.prepare(url)
  for (const table of tables) await run(url, table)
}

/**
 * Appends the stories one after the other. Of what several writers append at once its rebuild skips a part, also of a log at rest: it reads
 * in the order of transactions and drops what stands at a lower position than what it had last.
 */
export const fill = async ({ url }: Place, transactions: number): Promise<void> => {
  const { store, close } = Emmett.open(url, 1)
  for (let number = 0; number < transactions; number++) {
    const { person, created, categorized } = story(number)
    const { owner_id } = person
    await store.appendToStream<Told>(Emmett.streamOf(created.transaction_id), [
      { type: "TransactionCreated", data: { owner_id, ...plain(created) } },
      { type: "TransactionCategorized", data: { owner_id, ...plain(categorized) } }
    ])
  }
  await close()
}

interface Sum {
  readonly owner_id: string
  readonly day: string
  readonly category: string
  readonly merchant_name: string
  readonly currency: string
  readonly amount: string
}

const add = ({ owner_id, day, category, merchant_name, currency, amount }: Sum, count: 1 | -1): SQL =>
  sql(
    `INSERT INTO daily_aggregates AS a VALUES (%L, %L, %L, %L, %L, %s, %s)
     ON CONFLICT (owner_id, day, category, merchant_name, currency) DO UPDATE SET
       total_amount = a.total_amount + excluded.total_amount, transaction_count = a.transaction_count + excluded.transaction_count`,
    owner_id,
    day,
    category,
    merchant_name,
    currency,
    count === 1 ? amount : String(-BigInt(amount)),
    count
  )

const created = ({ data }: Created): ReadonlyArray<SQL> => [
  sql(
    "INSERT INTO transactions VALUES (%L, %L, %L, %s, %L, %L, NULL, 'uncategorized', 0, NULL, %L, %L)",
    data.transaction_id,
    data.owner_id,
    data.account_id,
    data.amount,
    data.currency,
    data.description,
    data.occurred_at,
    data.booking_date
  ),
  add({ ...data, day: data.booking_date, category: "uncategorized", merchant_name: "" }, 1)
]

const categorized = ({ data }: Categorized): ReadonlyArray<SQL> => [
  sql(
    "UPDATE transactions SET category = %L, merchant_name = %L, confidence = %s, explanation = %L WHERE id = %L",
    data.category,
    data.merchant_name,
    data.confidence,
    JSON.stringify(data.explanation),
    data.transaction_id
  ),
  add({ ...data, category: data.old_category, merchant_name: data.old_merchant_name ?? "" }, -1),
  add({ ...data, merchant_name: data.merchant_name ?? "" }, 1)
]

const books = postgreSQLProjection<Told>({
  name: "books",
  canHandle: ["TransactionCreated", "TransactionCategorized"],
  handle: async (events, { execute }) => {
    await execute.batchCommand(
      events.flatMap((event) => (event.type === "TransactionCreated" ? created(event) : categorized(event)))
    )
  },
  truncate: async ({ execute }) => {
    await execute.command(sql("TRUNCATE transactions, daily_aggregates"))
  }
})

export const rebuild = async ({ url }: Place): Promise<void> => {
  // A second rebuild begins at the checkpoint of the first, at the end of the log, with its tables emptied.
  await run(url, "DELETE FROM emt_processors")
  const consumer = rebuildPostgreSQLProjections<Told>({
    connectionString: url,
    projections: [books],
    pulling: { batchSize: 1_000, pullingFrequencyInMs: 0 }
  })
  await consumer.start()
  await consumer.close()
}
