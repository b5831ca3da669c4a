/**
 * Tracker: the application as `npm start` runs it, on a free port with data of its own, that can be killed and started again.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../..")
const ready = "Finance Tracker ready on"
const patience = 90_000

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

export class Tracker {
  readonly url: string
  readonly #port: number
  readonly #home: string
  #running: ChildProcess | undefined

  private constructor(port: number) {
    this.#port = port
    this.url = `http://localhost:${port}`
    this.#home = mkdtempSync(join(tmpdir(), "finance-e2e-"))
    // PostgreSQL under root runs as somebody else, who must get in
    chmodSync(this.#home, 0o755)
  }

  static async start(): Promise<Tracker> {
    const tracker = new Tracker(await freePort())
    await tracker.start()
    return tracker
  }

  /** Resolves once it says that it is ready. */
  async start(): Promise<void> {
    const env = { ...process.env, PORT: String(this.#port), DATA_DIR: join(this.#home, "data"), DATABASE_URL: undefined }
    const child = spawn(process.execPath, ["deploy/standalone/main.ts"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
    this.#running = child
    let said = ""
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready after ${patience / 1000} s:\n${said}`)), patience)
      const hear = (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-20_000)
        if (!said.includes(ready)) return
        clearTimeout(late)
        resolve()
      }
      child.stdout.on("data", hear)
      child.stderr.on("data", hear)
      child.once("exit", (code) => {
        clearTimeout(late)
        reject(new Error(`ended with ${code} before it was ready:\n${said}`))
      })
    })
  }

  /** As a power cut would: nothing gets to tidy up. */
  async kill(): Promise<void> {
    const child = this.#running
    this.#running = undefined
    if (child === undefined || child.exitCode !== null) return
    child.kill("SIGKILL")
    await once(child, "exit")
  }

  /** Ends it and removes its data. After a kill it is started once more, for only that stops the database it left behind. */
  async stop(): Promise<void> {
    if (this.#running === undefined) await this.start()
    const child = this.#running
    if (child !== undefined && child.exitCode === null) {
      child.kill("SIGINT")
      await once(child, "exit")
    }
    rmSync(this.#home, { recursive: true, force: true })
  }
}
