/**
 * EventCodec: events to ciphertext and back. The additional data of each is its owner, id, type and schema version, all known before
 * the append.
 *
 * What this process has just sealed or opened it remembers for a while, because the same event is soon wanted again by each program.
 */
import { hash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SqlError } from "effect/sql/SqlError"
import { newId } from "../ledger/Id.ts"
import type { RecordedEvent, SealedEvent } from "./EventStore.ts"
import { decode, encode, type LedgerEvent, schemaVersionOf, UnreadableEvent } from "./LedgerEvent.ts"
import { Erased, type PersonKey, Vault, VaultUnusable } from "./Vault.ts"

export interface SealedPayload {
  readonly event_id: string
  readonly type: string
  readonly schema_version: number
  readonly payload: Uint8Array
  readonly payload_hash: Uint8Array
}

/** An event as far as it can be read: whole, or its header with the reason why no more. */
export type OpenedEvent = RecordedEvent | (SealedEvent & { readonly unreadable: Erased | VaultUnusable | UnreadableEvent })

export const isReadable = (event: OpenedEvent): event is RecordedEvent => "event" in event

export class EventCodec extends Context.Service<
  EventCodec,
  {
    seal(key: PersonKey, event: LedgerEvent): SealedPayload
    /** Every event given, in order; one that does not open says why and holds up no other. */
    open(events: ReadonlyArray<SealedEvent>): Effect.Effect<ReadonlyArray<OpenedEvent>, SqlError>
    forget(owner_id: string): void
  }
>()("finance/event-store/EventCodec") {
  static readonly layer = Layer.effect(
    EventCodec,
    Effect.gen(function* () {
      const vault = yield* Vault
      // Two halves, so that nothing is ever looked for to be forgotten: when the newer is full, the older is dropped whole.
      let recent = new Map<string, Known>()
      let older = new Map<string, Known>()

      const remember = (event_id: string, owner_id: string, event: LedgerEvent) => {
        if (recent.size >= maxRecent / 2) {
          older = recent
          recent = new Map()
        }
        recent.set(event_id, { owner_id, event })
      }

      const openOne = (sealed: SealedEvent, key: PersonKey | VaultUnusable | undefined): OpenedEvent => {
        if (key instanceof VaultUnusable) return { ...sealed, unreadable: key }
        const known = recent.get(sealed.event_id) ?? older.get(sealed.event_id)
        if (known !== undefined && key !== undefined) return recorded(sealed, known.event)
        const { payload } = sealed
        if (key === undefined || payload === null) return { ...sealed, unreadable: new Erased({ owner_id: sealed.owner_id }) }
        try {
          const event = decode(sealed, key.open(payload, additionalOf(sealed.owner_id, sealed)))
          remember(sealed.event_id, sealed.owner_id, event)
          return recorded(sealed, event)
        } catch (cause) {
          if (cause instanceof VaultUnusable || cause instanceof UnreadableEvent) return { ...sealed, unreadable: cause }
          throw cause
        }
      }

      return EventCodec.of({
        seal(key, event) {
          const header = { event_id: newId(), type: event.type, schema_version: schemaVersionOf(event.type) }
          const payload = key.seal(encode(event), additionalOf(key.owner_id, header))
          remember(header.event_id, key.owner_id, event)
          return { ...header, payload, payload_hash: hash("sha256", payload, "buffer") }
        },
        open: Effect.fnUntraced(function* (events) {
          const keys = yield* vault.keysOf(events.map((event) => event.owner_id))
          return events.map((event) => openOne(event, keys.get(event.owner_id)))
        }),
        forget(owner_id) {
          for (const half of [recent, older]) {
            for (const [event_id, known] of half) if (known.owner_id === owner_id) half.delete(event_id)
          }
        }
      })
    })
  )
}

interface Known {
  readonly owner_id: string
  readonly event: LedgerEvent
}

const maxRecent = 8_000

/** Written out: a rest pattern here was a quarter of the time that opening takes. */
const recorded = (sealed: SealedEvent, event: LedgerEvent): RecordedEvent => ({
  position: sealed.position,
  stream_id: sealed.stream_id,
  stream_type: sealed.stream_type,
  version: sealed.version,
  event_id: sealed.event_id,
  type: sealed.type,
  schema_version: sealed.schema_version,
  owner_id: sealed.owner_id,
  metadata: sealed.metadata,
  occurred_at: sealed.occurred_at,
  recorded_at: sealed.recorded_at,
  event
})

const additionalOf = (owner_id: string, header: { event_id: string; type: string; schema_version: number }) =>
  `${owner_id}/${header.event_id}/${header.type}/${header.schema_version}`
