/**
 * Processor: a program over the ledger's events, run as one actor for each partition that the bus gives this process.
 *
 *                  ┌─ mailbox ─▶ actor(0) ─▶ effect
 *   bus ─batches─▶ ┼─ mailbox ─▶ actor(3) ─▶ effect         others' partitions ─▶ other instances
 *                  └─ mailbox ─▶ actor(5) ─▶ effect
 *   Control ─── paused? ─▶ all of them      replay ─▶ the actor of the partition
 *
 * Terms. *instance*: a process that runs the programs. *mailbox*: what the bus holds ready for a partition while a batch of it is in hand.
 *
 * Invariants (an actor's own are in Actor.ts)
 *  1. Actors work side by side; each has one batch or one replay in hand.
 *  2. A mailbox is bounded by a count of events, and beyond it the bus is not asked for more: 1,000 on PostgreSQL and NATS, 2,000 on Kafka.
 *  3. What an operator wants is obeyed by every instance, within about a second, and by one that starts later from its start.
 *  4. While the program is paused nothing is handled and nothing is lost: batches wait in their mailboxes, and the bus goes on counting
 *     this process among the living.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { EventBus, ledgerEvents } from "@finance/core/bus/EventBus"
import * as Actor from "./Actor.ts"
import { ActorStatus } from "./ActorStatus.ts"
import { Control, type Wanted } from "./Control.ts"
import type { Program } from "./Program.ts"

export type { Program } from "./Program.ts"

/** How the program is doing in this process, by partition: those that the bus has given it. */
export interface ProcessorStatus {
  readonly name: string
  readonly version: number
  readonly actors: Map<number, ActorStatus>
  /** Hears of each try that failed. */
  readonly told?: (error: string) => void
}

/** Runs the program until interrupted, telling its status as it goes. Fails only when the bus does. */
export const run = Effect.fn("Processor.run")(function* <E, R>(program: Program<E, R>, status: ProcessorStatus) {
  const bus = yield* EventBus
  const control = yield* Control
  const make = yield* Actor.maker(program)
  const actors = new Map<number, Actor.Actor>()

  const actorOf = (partition: number) => {
    const known = actors.get(partition)
    if (known !== undefined) return known
    const ofPartition = status.actors.get(partition) ?? new ActorStatus(status.told)
    status.actors.set(partition, ofPartition)
    const actor = make(partition, ofPartition)
    actors.set(partition, actor)
    return actor
  }
  /** One that comes back knows nothing of before: others have moved its checkpoint meanwhile. */
  const hold = (partitions: ReadonlySet<number>) => {
    for (const partition of actors.keys()) {
      if (partitions.has(partition)) continue
      actors.delete(partition)
      status.actors.delete(partition)
    }
    for (const partition of partitions) actorOf(partition)
  }

  const replay = ({ paused, replays }: Wanted) =>
    Effect.forEach(
      paused.has(program.name) ? [] : (replays.get(program.name) ?? []),
      (partition) => actors.get(partition)?.replay ?? Effect.void,
      { concurrency: "unbounded", discard: true }
    )
  const replays = control.looks.pipe(
    Stream.buffer({ capacity: 1, strategy: "sliding" }),
    Stream.runForEach(replay),
    Effect.andThen(Effect.never)
  )

  status.actors.clear()
  return yield* Effect.raceFirst(
    bus.subscribe(ledgerEvents, program.name, (batch) => Effect.suspend(() => actorOf(batch.partition).handle(batch)), hold),
    replays
  )
})
