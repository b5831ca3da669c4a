/** The bus within one process, for tests and for looking at the contract without a server. What it holds is gone with the process. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import type { CloudEvent } from "./CloudEvent.ts"
import { EventBus, type Topic } from "./EventBus.ts"
import * as FairShare from "./FairShare.ts"
import { partitionOf } from "./Partition.ts"
import { Signals } from "../database/Signals.ts"
import { newId } from "../ledger/Id.ts"

const maxBatch = 500

export const layer = Layer.effect(
  EventBus,
  Effect.gen(function* () {
    const signals = yield* Signals
    const logs = new Map<string, Array<CloudEvent>>()
    const places = new Map<string, number>()
    /** Who follows a partition for a group; another subscriber of the group waits until that one ends. */
    const turns = new Map<string, Semaphore.Semaphore>()
    const turnOf = (place: string) => {
      const turn = turns.get(place) ?? Semaphore.makeUnsafe(1)
      turns.set(place, turn)
      return turn
    }
    const groups = new Map<string, Set<string>>()
    const membersOf = (group: string) => {
      const members = groups.get(group) ?? new Set()
      groups.set(group, members)
      return members
    }
    const logOf = (topic: Topic, partition: number) => {
      const name = `${topic.name}/${partition}`
      const log = logs.get(name) ?? []
      logs.set(name, log)
      return log
    }

    return EventBus.of({
      transport: "memory",
      isTransactional: false,
      publish: (topic, events) =>
        Effect.sync(() => {
          for (const event of events) logOf(topic, partitionOf(event.partitionkey, topic.partitions)).push(event)
          signals.raise("bus")
        }),
      subscribe: (topic, group, handle, hold) => {
        const held = FairShare.holding(hold)
        const placeOf = (partition: number) => `${group}/${topic.name}/${partition}`
        const follow = Effect.fnUntraced(function* (partition: number) {
          const log = logOf(topic, partition)
          const place = placeOf(partition)
          while (true) {
            const seen = signals.current("bus")
            const next = places.get(place) ?? 0
            if (next >= log.length) {
              yield* signals.changedSince("bus", seen, "1 second")
              continue
            }
            const events = log.slice(next, next + maxBatch)
            yield* handle({ partition, events })
            places.set(place, next + events.length)
          }
        })
        const members = membersOf(`${group}/${topic.name}`)
        return Effect.acquireUseRelease(
          Effect.sync(() => {
            const self = newId()
            members.add(self)
            return self
          }),
          (self) =>
            FairShare.follow({
              share: Effect.sync(() => FairShare.shareOf(topic.partitions, [...members], self)),
              own: (partition) => turnOf(placeOf(partition)).withPermits(1)(held(partition)(follow(partition)))
            }),
          (self) => Effect.sync(() => members.delete(self))
        )
      },
      lag: (topic, group) =>
        Effect.sync(() =>
          Array.from({ length: topic.partitions }, (_, partition) => ({
            partition,
            events: BigInt(logOf(topic, partition).length - (places.get(`${group}/${topic.name}/${partition}`) ?? 0))
          }))
        )
    })
  })
)
