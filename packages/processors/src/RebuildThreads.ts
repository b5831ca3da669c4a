/**
 * RebuildThreads: a rebuild's bulk taken in by as many threads as there are processors to run them, each with its share of the people.
 *
 *   log ─┬─ share 0 ─▶ thread: read, open, fold, write ─┬─▶ shadow tables
 *        └─ share 1 ─▶ thread: read, open, fold, write ─┘
 *
 * Opening and folding is computing, which one thread does on one processor only, while PostgreSQL waits for it.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import { CannotRebuild, type Fill, type Share } from "./Rebuild.ts"

/** What a thread is given at its start. */
export interface Given {
  readonly url: string
  readonly home: string
  readonly program: string
  readonly schema: string
  readonly upTo: bigint
  readonly share: Share
}

export type Told =
  | { readonly kind: "passed"; readonly position: bigint }
  | { readonly kind: "filled"; readonly events: number }
  | { readonly kind: "unreadable"; readonly position: bigint; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string; readonly isPassing: boolean }

/** A thread could not go on, and with it the rebuild. */
export class ThreadFailed extends Schema.TaggedError<ThreadFailed>()("ThreadFailed", {
  detail: Schema.String,
  /** Whether the rebuild may succeed at another time. */
  isPassing: Schema.Boolean
}) {
  override get message() {
    return `A thread of the rebuild failed: ${this.detail}`
  }
}

/** Beyond a few, the database is what is waited for. */
const mostThreads = 4

/** Needs the key files of a data directory, for a thread makes its own vault. */
export const fill =
  (
    program: string,
    threads = Math.min(availableParallelism(), mostThreads)
  ): Fill<CannotRebuild | ThreadFailed, Database | DataDirectory> =>
  (schema, upTo, passed) =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const { path } = yield* DataDirectory
      const shares = Array.from({ length: threads }, (_, index): Share => ({ index, of: threads }))
      const given = (share: Share): Given => ({ url: Redacted.value(url), home: path, program, schema, upTo, share })
      const positions = shares.map(() => 0n)
      const tell = (index: number) => (position: bigint) => {
        positions[index] = position
        passed(positions.reduce((sum, position) => sum + position, 0n) / BigInt(threads))
      }
      const counts = yield* Effect.forEach(shares, (share) => inThread(given(share), tell(share.index)), {
        concurrency: "unbounded"
      })
      return counts.reduce((sum, count) => sum + count, 0)
    })

/** Interrupting it ends the thread, and its connections with it. */
const inThread = (given: Given, passed: (position: bigint) => void) =>
  Effect.callback<number, CannotRebuild | ThreadFailed>((resume) => {
    const worker = new Worker(new URL("./rebuild.worker.ts", import.meta.url), {
      workerData: given,
      // Most of what a page makes is garbage after it: room for a whole page spares copying it on the way.
      resourceLimits: { maxYoungGenerationSizeMb: 96 }
    })
    const fail = (detail: string, isPassing = true) => resume(Effect.fail(new ThreadFailed({ detail, isPassing })))
    worker.on("message", (told: Told) => {
      if (told.kind === "passed") return passed(told.position)
      if (told.kind === "filled") return resume(Effect.succeed(told.events))
      if (told.kind === "failed") return fail(told.detail, told.isPassing)
      const { position, detail } = told
      return resume(Effect.fail(new CannotRebuild({ processor: given.program, position, detail })))
    })
    worker.once("error", (error) => fail(String(error)))
    worker.once("exit", (code) => fail(`it ended with ${code}`))
    return Effect.promise(() => worker.terminate())
  })
