/**
 * OurWriter: our side: `EventStore` as the requests of the tracker have it, with sealed payloads. Everybody's data key is there beforehand,
 * as it is of a person who is at work.
 */
import { EventStore } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { newId } from "@finance/core/ledger/Id"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { booking, entry, people } from "../Bookings.ts"
import * as Ledger from "../Ledger.ts"
import type { Place } from "../Server.ts"
import { crowd, inTurn, type Writer } from "./Writer.ts"

export interface Options {
  /** Whether each command says its id, so that it is carried out once however often it is sent. */
  readonly commandIds: boolean
  /** Whether bookings that are entered in one call go into one stream, or each into its own. */
  readonly oneStream: boolean
}

const owners = people(crowd)

export const connect =
  ({ commandIds, oneStream }: Options) =>
  async (place: Place): Promise<Writer> => {
    const runtime = ManagedRuntime.make(Ledger.layer(place, "api"))
    const run = Effect.runPromiseWith(await runtime.context())
    const { store, vault } = await run(Effect.all({ store: EventStore, vault: Vault }))
    await run(Effect.forEach(owners, ({ owner_id }) => vault.keyOf(owner_id), { concurrency: 8, discard: true }))
    const someone = inTurn(owners)

    const command = () => {
      const person = someone()
      const append = entry(person, booking(person))
      return commandIds ? { ...append, metadata: { ...append.metadata, command_id: newId() } } : append
    }
    const toOneStream = (count: number) => {
      const person = someone()
      const events = Array.from({ length: count }, () => booking(person))
      return { ...entry(person, events[0]!), events }
    }
    const toEach = Effect.fnUntraced(function* (count: number) {
      const answers = yield* store.append(Array.from({ length: count }, command))
      yield* Effect.forEach(answers, Effect.fromResult, { discard: true })
    })
    return {
      one: async () => void (await run(store.appendOne(command()))),
      many: async (count) => void (await run(oneStream ? store.appendOne(toOneStream(count)) : toEach(count))),
      close: () => runtime.dispose()
    }
  }
