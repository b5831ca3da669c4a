/**
 * EventBus: how events travel from the log to the programs, over memory, PostgreSQL, Kafka or NATS.
 *
 * What every transport keeps
 *  1. At least once: a batch may come again after a crash or a rebalance.
 *  2. Events of one key come in the order of `publish` calls that were awaited in turn.
 *  3. `publish` resolves when the transport has taken every event. If it fails, any part may have been taken: publish the same batch
 *     again, events keep their ids.
 *  4. A handler gets one partition's batch, in order; one batch per group and partition is in hand at a time, and the group's place
 *     moves on when the handler returns. A handler that fails gets the same batch again.
 *  5. A new group starts at the oldest event kept.
 *  6. What cannot travel stops nothing else: an event that is too large is refused by its id before anything of its `publish` is taken,
 *     and a record that somebody else wrote and that is no event is passed over, with a warning and a count.
 *  7. A topic that has another partition count is refused, since its keys would lose their order.
 *  8. Those that subscribe for one group share its partitions evenly, within seconds of one that comes or goes, and each is told which are
 *     its own. A handler may take as long as it likes: while its process lives, so does its hold on the partition.
 *
 * There is no nak, no delayed redelivery and no dead letter here: retries and parking belong to the processor, in PostgreSQL.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { EventTooLarge } from "../event-store/EventTooLarge.ts"
import type { CloudEvent } from "./CloudEvent.ts"

/** Two dot-separated lower-case tokens, `context.name`, with a partition count that is fixed for the topic's life. */
export interface Topic {
  readonly name: string
  readonly partitions: number
}

/** Every event of every person, ciphertext, keyed by its owner: the backbone. */
export const ledgerEvents: Topic = { name: "ledger.events", partitions: 8 }

export class EventBusUnavailable extends Schema.TaggedError<EventBusUnavailable>()("EventBusUnavailable", {
  transport: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The ${this.transport} bus does not answer: ${this.detail}`
  }
}

/** What is wrong stays wrong until somebody mends it: a topic with another partition count, a broker that refuses to let us in. */
export class EventBusMisconfigured extends Schema.TaggedError<EventBusMisconfigured>()("EventBusMisconfigured", {
  transport: Schema.String,
  problem: Schema.String,
  advice: Schema.String
}) {
  override get message() {
    return `The ${this.transport} bus cannot be used: ${this.problem}. ${this.advice}`
  }
}

export type EventBusError = EventBusUnavailable | EventBusMisconfigured | EventTooLarge

export interface Batch {
  readonly partition: number
  readonly events: ReadonlyArray<CloudEvent>
  /**
   * What comes next in the partition, waited for at most so long; none when nothing came. It belongs to this batch from then on: the
   * group's place moves beyond it when the handler returns. Only where a transport can tell without asking its broker again.
   */
  readonly more?: (atMost: Duration.Input) => Effect.Effect<ReadonlyArray<CloudEvent>>
}

export interface Lag {
  readonly partition: number
  readonly events: bigint
}

export class EventBus extends Context.Service<
  EventBus,
  {
    /** Which transport this is; the outbox keeps one checkpoint for each. */
    readonly transport: string
    /** Whether `publish` is part of the transaction it is called in, or else takes place outside the database, at once. */
    readonly isTransactional: boolean
    publish(topic: Topic, events: ReadonlyArray<CloudEvent>): Effect.Effect<void, EventBusError>
    /**
     * Hands batches to `handle` until interrupted; partitions side by side, each in order. `hold` is told which are this subscriber's, each
     * time that changes.
     */
    subscribe<R>(
      topic: Topic,
      group: string,
      handle: (batch: Batch) => Effect.Effect<void, never, R>,
      hold?: (partitions: ReadonlySet<number>) => void
    ): Effect.Effect<never, EventBusError, R>
    lag(topic: Topic, group: string): Effect.Effect<ReadonlyArray<Lag>, EventBusError>
  }
>()("finance/bus/EventBus") {}
