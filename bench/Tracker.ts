/**
 * Tracker: the real thing, started as `npm start` starts it, in a process of its own, on a free port of loopback.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** The Node that the tracker brings along. */
export const ownNode = join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node")

export interface Tracker {
  readonly url: string
  /** Milliseconds from the start of the process to the line that says it is ready. */
  readonly startup: number
  /** Ctrl-C, and waits until it is gone. */
  readonly stop: () => Promise<void>
  /** kill -9, of this process only: its PostgreSQL is left behind, as it is when that happens to somebody. */
  readonly kill: () => Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("the machine gave no port")
  return address.port
}

const gone = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
}

const readyLine = /^Finance Tracker ready on (\S+)$/
const patience = 120_000

/** Starts it over this directory and waits until it says that it is ready. */
export const start = async (directory: string): Promise<Tracker> => {
  const { DATABASE_URL: _, ...env } = process.env
  const port = await freePort()
  const begun = performance.now()
  const child = spawn(ownNode, [join(root, "deploy/standalone/main.ts")], {
    cwd: root,
    env: { ...env, DATA_DIR: directory, PORT: String(port), HOST: "127.0.0.1", REGISTRATION: "open" },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const errors: Array<string> = []
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text))
  const stop = async () => {
    child.kill("SIGINT")
    await gone(child)
  }
  const abandoned = () => child.kill("SIGINT")
  process.once("exit", abandoned)
  child.once("exit", () => process.off("exit", abandoned))
  const said: Array<string> = []
  const overdue = setTimeout(() => child.kill("SIGKILL"), patience)
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      said.push(line)
      const ready = readyLine.exec(line)
      if (ready !== null) resolve(ready[1]!.replace("localhost", "127.0.0.1"))
    })
    child.once("exit", () => reject(new Error(`the tracker did not start:\n${[...said, ...errors].join("\n")}`)))
  }).finally(() => clearTimeout(overdue))
  return {
    url,
    startup: performance.now() - begun,
    stop,
    kill: async () => {
      child.kill("SIGKILL")
      await gone(child)
    }
  }
}

/** Does the work with an empty directory, and clears away whatever is left of it, PostgreSQL too. */
export const inDirectory = async <A>(work: (directory: string) => Promise<A>): Promise<A> => {
  const directory = await mkdtemp(join(tmpdir(), "finance-bench-"))
  try {
    return await work(directory)
  } finally {
    await endPostgres(directory)
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** The file may be older than the process that has this number now: only one that works in this directory is ended. */
const endPostgres = async (directory: string) => {
  const [pid] = (await readFile(join(directory, "postgres/postmaster.pid"), "utf8").catch(() => "")).split("\n")
  if (!pid) return
  const { stdout } = spawnSync("ps", ["-o", "command=", "-p", pid], { encoding: "utf8" })
  if (stdout?.includes(directory)) process.kill(Number(pid), "SIGINT")
}

/** Starts a tracker for the work, and stops it whatever becomes of that. */
export const during = async <A>(directory: string, work: (tracker: Tracker) => Promise<A>): Promise<A> => {
  const tracker = await start(directory)
  try {
    return await work(tracker)
  } finally {
    await tracker.stop()
  }
}
