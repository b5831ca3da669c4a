/**
 * Program: a program of the bench in a process of its own, so that what one side does weighs on no other. It is handed an order when it
 * starts, and says something by `process.send`; what it writes to its standard output is nobody's business.
 */
import { fork } from "node:child_process"
import { ownNode } from "./Tracker.ts"

export interface Running<Said> {
  /** What it says next; fails with its last words when it ends instead. */
  readonly next: () => Promise<Said>
  readonly tell: (message: unknown) => void
  readonly end: () => void
}

export const start = <Said>(program: URL, order: unknown): Running<Said> => {
  const child = fork(program, { execPath: ownNode, stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" })
  const errors: Array<string> = []
  const said: Array<Said> = []
  const waiting: Array<(said: Said) => void> = []
  child.stderr!.setEncoding("utf8").on("data", (text: string) => errors.push(text))
  child.on("message", (message) => {
    const waiter = waiting.shift()
    if (waiter === undefined) said.push(message as Said)
    else waiter(message as Said)
  })
  const over = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) =>
      reject(new Error(`${program.pathname} broke off (${code ?? signal}):\n${errors.join("").slice(-4_000)}`))
    )
  })
  over.catch(() => {})
  child.send(order as object)
  return {
    next: () =>
      said.length > 0
        ? Promise.resolve(said.shift()!)
        : Promise.race([new Promise<Said>((resolve) => waiting.push(resolve)), over]),
    // That it has ended is what `next` says.
    tell: (message) => void child.send(message as object, () => {}),
    end: () => void child.kill()
  }
}

/** Runs it for one answer. */
export const ask = async <Outcome>(program: URL, order: unknown): Promise<Outcome> => {
  const running = start<Outcome>(program, order)
  try {
    return await running.next()
  } finally {
    running.end()
  }
}

/** In the program: does the work of the order that it is handed, and ends with the process that started it. */
export const carryOut = <Order>(work: (order: Order) => Promise<void>): void => {
  process.on("disconnect", () => process.exit(0))
  process.once("message", (order: Order) => void work(order))
}

/** In the program: answers. */
export const say = (message: unknown): void => void process.send!(message)
