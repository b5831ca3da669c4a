/**
 * PageCursor: the place of a transaction in the list, as a text that means nothing to who carries it.
 */
import type { Cursor } from "@finance/core/read-models/Transactions"

export const encode = ({ occurred_at, id }: Cursor): string =>
  Buffer.from(`${occurred_at.toISOString()}/${id}`).toString("base64url")

const decoded = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Null for anything that `encode` does not make. */
export const decode = (text: string): Cursor | null => {
  const match = decoded.exec(Buffer.from(text, "base64url").toString())
  if (match === null || Number.isNaN(Date.parse(match[1]!))) return null
  return { occurred_at: new Date(match[1]!), id: match[2]! }
}
