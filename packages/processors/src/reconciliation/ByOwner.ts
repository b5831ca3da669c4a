/**
 * ByOwner: what a query gives, one person's rows after another's, through a cursor of the server: here lie a page and one person at most.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

export interface Owned {
  readonly owner_id: string
}

export interface ByOwner<Row extends Owned> {
  /** Whose rows come next; null at the end. */
  readonly next: Effect.Effect<string | null, SqlError>
  /** This person's rows, in the order of the query: none unless they are next. */
  readonly take: (owner_id: string) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

const pageOf = 1_000

/** Lives as long as the transaction that it is opened in. `order` names what orders a person's rows. */
export const open = Effect.fnUntraced(function* <Row extends Owned>(name: string, query: string, order = "") {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(`DECLARE ${name} NO SCROLL CURSOR FOR SELECT * FROM (${query}) AS rows ORDER BY owner_id ${order}`)
  let page: ReadonlyArray<Row> = []
  let at = 0
  let isOver = false

  const peek = Effect.gen(function* () {
    if (at >= page.length && !isOver) {
      page = yield* sql.unsafe<Row>(`FETCH ${pageOf} FROM ${name}`)
      at = 0
      isOver = page.length < pageOf
    }
    return page[at]
  })
  return {
    next: Effect.map(peek, (row) => row?.owner_id ?? null),
    take: Effect.fnUntraced(function* (owner_id: string) {
      const own: Array<Row> = []
      for (let row = yield* peek; row?.owner_id === owner_id; row = yield* peek) {
        own.push(row)
        at++
      }
      return own
    })
  } satisfies ByOwner<Row>
})
