/**
 * Traffic: what one person does at the same time as their file comes in: reads the list, enters transactions by hand, and watches live.
 * It runs in a process of its own (TrafficProgram), so that the event loop of the bench has no part in the latencies.
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Person } from "../Person.ts"
import { ownNode } from "../Tracker.ts"

export interface Order {
  readonly url: string
  readonly token: string
  readonly account_id: string
}

export type Told = "go" | "stop"

/** Milliseconds, one for each request or arrival. */
export interface Latencies {
  /** `GET /v1/transactions?limit=50`, with its body. */
  readonly lists: ReadonlyArray<number>
  /** From sending `POST /v1/transactions` until the transaction arrives on `GET /v1/live`. */
  readonly arrivals: ReadonlyArray<number>
  /** The share of these that was told by itself, and not within a change of many that only says: read again. */
  readonly alone: number
}

export type Answer = { readonly ready: true } | { readonly latencies: Latencies }

const program = fileURLToPath(new URL("TrafficProgram.ts", import.meta.url))

const answer = (child: ChildProcess) =>
  new Promise<Answer>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Answer))
    child.once("exit", (code) => reject(new Error(`the traffic broke off (${code})`)))
  })

/** Traffic for as long as the work takes. Fails when a request does, or a transaction never arrives. */
export const during = async (person: Person, account_id: string, work: () => Promise<unknown>): Promise<Latencies> => {
  const { url, token } = person
  const child = fork(program, [JSON.stringify({ url, token, account_id } satisfies Order)], { execPath: ownNode })
  try {
    await answer(child)
    child.send("go" satisfies Told)
    const broken = answer(child)
    await Promise.race([work(), broken])
    child.send("stop" satisfies Told)
    const last = await broken
    if (!("latencies" in last)) throw new Error("the traffic did not say how it went")
    return last.latencies
  } finally {
    child.kill()
  }
}
