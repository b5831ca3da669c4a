/**
 * Parcel: an event of 500 bytes that says when it was due and which one it is, so that who handles it sees how long it took, and that none
 * of its key is missing or came too early.
 *
 *   data = due (milliseconds since 1970, float64) ‖ number (uint32) ‖ noise
 */
import { randomBytes } from "node:crypto"
import type { CloudEvent } from "@finance/core/bus/CloudEvent"
import { newId } from "@finance/core/ledger/Id"

export interface Parcel {
  readonly due: number
  readonly number: number
}

const bytes = 500

/** The keys take turns: parcel n is of key n modulo their number. */
export const keys: ReadonlyArray<string> = Array.from(
  { length: 128 },
  (_, key) => `00000000-0000-7000-8000-${String(key).padStart(12, "0")}`
)

/** Milliseconds since 1970, comparable between the processes of a machine. */
export const now = (): number => performance.timeOrigin + performance.now()

export const pack = ({ due, number }: Parcel): CloudEvent => {
  const data = randomBytes(bytes)
  data.writeDoubleBE(due, 0)
  data.writeUInt32BE(number, 8)
  return {
    id: newId(),
    source: "/bench",
    type: "ParcelSent",
    time: new Date(due).toISOString(),
    subject: String(number),
    partitionkey: keys[number % keys.length]!,
    sequence: String(number),
    extensions: {},
    data
  }
}

export const unpack = ({ data }: CloudEvent): Parcel => {
  if (data?.length !== bytes) throw new Error(`a parcel of ${bytes} bytes has arrived with ${data?.length ?? 0}`)
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return { due: view.readDoubleBE(0), number: view.readUInt32BE(8) }
}
