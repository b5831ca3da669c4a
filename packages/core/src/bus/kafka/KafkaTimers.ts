/**
 * KafkaTimers: kafkajs without a timer that has nothing to do.
 *
 * kafkajs 2.2.4 sets one after every answer, in case a request waits because the broker has throttled us, also when none waits. Its delay is
 * then the time since 1970, negated; Node 24 takes that for 1 ms and warns of it (TimeoutNegativeWarning). Here it is set only while a
 * request waits. Nothing is lost: a request that has to wait sets it itself.
 */
import { createRequire } from "node:module"

interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  scheduleCheckPendingRequests(): void
}

// Not part of its published interface, and not going to move: no version has followed in years.
const { prototype } = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as {
  readonly prototype: RequestQueue
}

const scheduleCheckPendingRequests = prototype.scheduleCheckPendingRequests

/** For every client of this process, from now on. */
export const install = (): void => {
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this)
  }
}
