/**
 * Child: a program of this repository in a process of its own, which can be killed, frozen and started again, as it happens to people's.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

export const root = join(import.meta.dirname, "..")

const patience = 90_000

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

export interface Program {
  /** Relative to the repository. */
  readonly script: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** What to put before the command, such as `unshare` with its options. */
  readonly under?: ReadonlyArray<string>
  /** How much of what it says is kept, in characters: 20,000 unless said. */
  readonly keeps?: number
  /** Whether it is ready, by what it has said since its start or by asking it. */
  readonly ready: (said: string) => boolean | Promise<boolean>
}

export class Child {
  readonly #program: Program
  #running: ChildProcess | undefined
  #said = ""

  constructor(program: Program) {
    this.#program = program
  }

  get isRunning(): boolean {
    return this.#running !== undefined && this.#running.exitCode === null && this.#running.signalCode === null
  }

  /** The last of what it has said. */
  get said(): string {
    return this.#said
  }

  /** Milliseconds until it was ready. */
  async start(): Promise<number> {
    const { script, env, under = [], keeps = 20_000, ready } = this.#program
    const [command, ...args] = [...under, process.execPath, script]
    const begun = performance.now()
    const child = spawn(command!, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    this.#running = child
    this.#said = ""
    const hear = (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-keeps))
    child.stdout.on("data", hear)
    child.stderr.on("data", hear)
    while (!(await ready(this.#said))) {
      if (!this.isRunning)
        throw new Error(`it ended with ${child.exitCode ?? child.signalCode} before it was ready:\n${this.#said}`)
      if (performance.now() - begun > patience) throw new Error(`not ready after ${patience / 1000} s:\n${this.#said}`)
      await sleep(20)
    }
    return performance.now() - begun
  }

  /** SIGSTOP freezes it, SIGCONT lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#running?.kill(name)
  }

  /** As a power cut would: nothing gets to tidy up. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** Asks it to stop, by Ctrl-C unless said otherwise, and waits until it is gone; answers with its exit status. */
  stop(signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<number | null> {
    return this.#end(signal)
  }

  async #end(signal: "SIGKILL" | "SIGINT" | "SIGTERM"): Promise<number | null> {
    const child = this.#running
    if (child === undefined || !this.isRunning) return null
    const gone = once(child, "exit")
    child.kill(signal)
    const [status] = await gone
    return status
  }
}
