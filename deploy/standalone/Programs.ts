/**
 * Programs: the programs as the main thread knows them: a thread that is there from `layer`'s start to its end, and its metrics.
 */
import { Worker } from "node:worker_threads"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"

/** What the thread is given at its start. */
export interface Given {
  readonly url: string
  readonly home: string
}

export type Asked = { readonly kind: "stop" } | { readonly kind: "metrics"; readonly id: number }

export type Told =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly detail: string }
  | { readonly kind: "metrics"; readonly id: number; readonly text: string }

/** The programs' thread has ended without being asked to; why, is in words for whoever started the tracker. */
export class ProgramsStopped extends Schema.TaggedError<ProgramsStopped>()("ProgramsStopped", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

export class Programs extends Context.Service<
  Programs,
  {
    /** The metrics of their thread, as Prometheus text; empty when it does not answer soon. */
    readonly metrics: Effect.Effect<string>
    /** Fails when the thread ends without being asked to. */
    readonly stopped: Effect.Effect<never, ProgramsStopped>
  }
>()("finance/standalone/Programs") {
  /** Returns once they run. A batch in hand is finished on the way out. */
  static readonly layer = Layer.effect(
    Programs,
    Effect.gen(function* () {
      const { url } = yield* Database
      const { path } = yield* DataDirectory
      const ready = yield* Deferred.make<void, ProgramsStopped>()
      const ended = yield* Deferred.make<never, ProgramsStopped>()
      const asking = new Map<number, (text: string) => void>()
      const given: Given = { url: Redacted.value(url), home: path }
      const ask = (worker: Worker, asked: Asked) => worker.postMessage(asked)
      const context = yield* Effect.context<never>()
      const run = Effect.runForkWith(context)

      const start = Effect.sync(() => {
        const worker = new Worker(new URL("./programs.worker.ts", import.meta.url), {
          workerData: given,
          resourceLimits: { maxYoungGenerationSizeMb: 96 }
        })
        const end = (detail: string) => {
          const error = new ProgramsStopped({ detail })
          run(Effect.andThen(Deferred.fail(ready, error), Deferred.fail(ended, error)))
        }
        worker.on("message", (told: Told) => {
          if (told.kind === "ready") run(Deferred.succeed(ready, undefined))
          else if (told.kind === "failed") end(told.detail)
          else asking.get(told.id)?.(told.text)
        })
        worker.on("error", (error) => end(`\nThe programs have stopped: ${error}\n`))
        worker.on("exit", (code) => end(`\nThe programs have stopped: their thread ended with ${code}\n`))
        return worker
      })
      const stop = (worker: Worker) =>
        Effect.callback<void>((resume) => {
          worker.once("exit", () => resume(Effect.void))
          ask(worker, { kind: "stop" })
        }).pipe(Effect.timeoutOption("25 seconds"))

      const worker = yield* Effect.acquireRelease(start, stop)
      yield* Deferred.await(ready)

      let asked = 0
      const metrics = Effect.callback<string>((resume) => {
        const id = ++asked
        asking.set(id, (text) => resume(Effect.succeed(text)))
        ask(worker, { kind: "metrics", id })
        return Effect.sync(() => asking.delete(id))
      }).pipe(Effect.timeoutOrElse({ duration: "2 seconds", orElse: () => Effect.succeed("") }))

      return Programs.of({ metrics, stopped: Deferred.await(ended) })
    })
  )
}
