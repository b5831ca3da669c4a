/**
 * Rows: the rows of a read model as they are compared: by a key within the person, each column as one text for one value, whether it was
 * read from a table or folded from events.
 */
export type Row = Readonly<Record<string, unknown>>
export type Rows = ReadonlyMap<string, Row>

/** One text for one value: JSON with its keys in order, instants in UTC, amounts in minor units. */
export const textOf = (value: unknown): string => {
  if (typeof value === "bigint") return String(value)
  if (value instanceof Date) return value.toISOString()
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "bigint" ? String(inner) : isObject(inner) ? inOrder(inner) : inner
  )
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value)

const inOrder = (object: object) =>
  Object.fromEntries(Object.entries(object).toSorted(([one], [other]) => (one < other ? -1 : 1)))
