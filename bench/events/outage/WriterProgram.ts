/**
 * The process that enters bookings, so many a second or as fast as it can, as it is told. It knows nothing of any bus: the relay is woken
 * by signals between the processes, as in an installation of several.
 */
import { setTimeout as sleep } from "node:timers/promises"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import { EventStore } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { carryOut, say } from "../../Program.ts"
import { booking, entry, people } from "../Bookings.ts"
import * as Ledger from "../Ledger.ts"
import type { Place } from "../Server.ts"
import type { Entered, Task } from "./Outage.ts"

const crowd = people(1_000)
const someone = () => crowd[Math.floor(Math.random() * crowd.length)]!

const command = () => {
  const person = someone()
  return entry(person, booking(person))
}

const chunk = 500

carryOut(async (place: Place) => {
  const runtime = ManagedRuntime.make(Layer.provideMerge(SignalBridge.layer, Ledger.layer(place, "api")))
  const run = Effect.runPromiseWith(await runtime.context())
  const { store, vault } = await run(Effect.all({ store: EventStore, vault: Vault }))
  await run(Effect.forEach(crowd, ({ owner_id }) => vault.keyOf(owner_id), { concurrency: 8, discard: true }))

  /** One at its time, whether or not the one before is stored. */
  const paced = async (count: number, rate: number): Promise<ReadonlyArray<number>> => {
    const begun = performance.now()
    const one = async (number: number) => {
      const due = begun + (number * 1_000) / rate
      await sleep(Math.max(0, due - performance.now()))
      await run(store.appendOne(command()))
      return performance.now() - due
    }
    return Promise.all(Array.from({ length: count }, (_, number) => one(number)))
  }
  const atOnce = async (count: number): Promise<ReadonlyArray<number>> => {
    for (let left = count; left > 0; left -= chunk) {
      const answers = await run(store.append(Array.from({ length: Math.min(chunk, left) }, command)))
      await run(Effect.forEach(answers, Effect.fromResult, { discard: true }))
    }
    return []
  }
  const carry = async ({ count, rate }: Task) => {
    const waits = await (rate === null ? atOnce(count) : paced(count, rate))
    say({ waits } satisfies Entered)
  }
  process.on("message", (task: Task) => void carry(task))
  say("ready")
})
