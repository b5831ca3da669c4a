/**
 * Ids are UUIDv7 (RFC 9562): opaque to their users, in creation order for the indexes that hold them.
 */
import * as Schema from "effect/Schema"

const uuid = Schema.String.check(Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u))

export const OwnerId = uuid.pipe(Schema.brand("OwnerId"))
export type OwnerId = typeof OwnerId.Type
export const AccountId = uuid.pipe(Schema.brand("AccountId"))
export type AccountId = typeof AccountId.Type
export const TransactionId = uuid.pipe(Schema.brand("TransactionId"))
export type TransactionId = typeof TransactionId.Type
export const ImportId = uuid.pipe(Schema.brand("ImportId"))
export type ImportId = typeof ImportId.Type
export const BudgetId = uuid.pipe(Schema.brand("BudgetId"))
export type BudgetId = typeof BudgetId.Type

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
/** Random bytes are drawn for many ids at once: a draw costs the same for one as for hundreds. */
const pool = new Uint8Array(16 * 256)
let drawn = pool.length
let lastTime = 0
let counter = 0

/**
 * A new UUIDv7: 48 bits of milliseconds, then a 12-bit counter that keeps ids of one process in order within a millisecond
 * (RFC 9562, 6.2, method 1), then 62 random bits.
 */
export const newId = (): string => {
  const now = Date.now()
  if (now > lastTime) {
    lastTime = now
    counter = 0
  } else if (++counter > 0xfff) {
    lastTime++
    counter = 0
  }
  if (drawn === pool.length) {
    crypto.getRandomValues(pool)
    drawn = 0
  }
  const bytes = pool.subarray(drawn, (drawn += 16))
  const time = lastTime
  bytes[0] = (time / 2 ** 40) & 0xff
  bytes[1] = (time / 2 ** 32) & 0xff
  bytes[2] = (time / 2 ** 24) & 0xff
  bytes[3] = (time / 2 ** 16) & 0xff
  bytes[4] = (time / 2 ** 8) & 0xff
  bytes[5] = time & 0xff
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  let text = ""
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-"
    text += hex[bytes[index]!]
  }
  return text
}
