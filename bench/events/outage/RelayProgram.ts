/**
 * The process beside the requests: the relay tells the bus of the log, and a program handles what the bus brings, each event once and each
 * partition's in the order of the log, none missing.
 */
import { fromCloudEvent } from "@finance/core/bus/CloudEvent"
import { type Batch, EventBus, ledgerEvents } from "@finance/core/bus/EventBus"
import { Outbox } from "@finance/core/outbox/Outbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { carryOut, say } from "../../Program.ts"
import * as Ledger from "../Ledger.ts"
import * as Carrier from "../transport/Carrier.ts"
import { now } from "../transport/Parcel.ts"
import type { Awaited, Drained } from "./Outage.ts"

const stop = (problem: string): never => {
  console.error(problem)
  process.exit(1)
}

const checkpoints = new Map<number, bigint>()
let handled = 0
let awaited = Number.POSITIVE_INFINITY
/** When the first event was handled since it was told how many there are. */
let first: number | undefined

const settle = () => {
  if (handled > awaited) stop(`${handled} events have come, and ${awaited} were stored`)
  if (handled < awaited) return
  awaited = Number.POSITIVE_INFINITY
  say({ first: first ?? now(), last: now() } satisfies Drained)
}

const take = ({ partition, events }: Batch): void => {
  const before = handled
  for (const { sealed, previous } of events.map(fromCloudEvent)) {
    const checkpoint = checkpoints.get(partition) ?? 0n
    if (sealed.position <= checkpoint) continue
    if (previous !== checkpoint)
      stop(`in partition ${partition} ${sealed.position} came after ${checkpoint}, not after ${previous}`)
    checkpoints.set(partition, sealed.position)
    handled++
  }
  if (handled === before) return
  first ??= now()
  settle()
}

carryOut(async (carrier: Carrier.Carrier) => {
  process.on("message", ({ count }: Awaited) => {
    awaited = count
    first = undefined
    settle()
  })
  const programs = Effect.gen(function* () {
    const outbox = yield* Outbox
    const bus = yield* EventBus
    const handler = bus.subscribe(ledgerEvents, "bench", (batch) => Effect.sync(() => take(batch)))
    say("ready")
    return yield* Effect.all([outbox.run, handler], { concurrency: "unbounded", discard: true })
  })
  const services = Outbox.layer.pipe(
    Layer.provideMerge(Carrier.layer(carrier)),
    Layer.provideMerge(Ledger.layer(carrier.place, "projector"))
  )
  await programs.pipe(Effect.provide(services), Effect.scoped, Effect.runPromise)
})
