/**
 * Tracker: the application as `npm start` runs it, on a free port with data of its own, that can be killed and started again.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Child, freePort, type Program } from "./Child.ts"

const ready = "Finance Tracker ready on"

export type Circumstances = Partial<Pick<Program, "env" | "under" | "keeps">> & {
  /** Where its data lies; a directory of its own, removed with it, unless said. */
  readonly home?: string
}

export class Tracker {
  readonly url: string
  readonly home: string
  readonly #child: Child

  private constructor(port: number, { home, env, under, keeps }: Circumstances) {
    this.url = `http://localhost:${port}`
    this.home = home ?? mkdtempSync(join(tmpdir(), "finance-tracker-"))
    // PostgreSQL under root runs as somebody else, who must get in
    chmodSync(this.home, 0o755)
    this.#child = new Child({
      script: "deploy/standalone/main.ts",
      env: { PORT: String(port), DATA_DIR: join(this.home, "data"), DATABASE_URL: undefined, ...env },
      ...(under !== undefined && { under }),
      ...(keeps !== undefined && { keeps }),
      ready: (said) => said.includes(ready)
    })
  }

  static async start(circumstances: Circumstances = {}): Promise<Tracker> {
    const tracker = new Tracker(await freePort(), circumstances)
    await tracker.start()
    return tracker
  }

  get said(): string {
    return this.#child.said
  }

  /** Milliseconds until it said that it is ready. */
  start(): Promise<number> {
    return this.#child.start()
  }

  /** As a power cut would: nothing gets to tidy up. Its PostgreSQL lives on. */
  kill(): Promise<void> {
    return this.#child.kill()
  }

  /** Kills its PostgreSQL, and nothing else. */
  killPostgres(): void {
    const [pid] = readFileSync(join(this.home, "data/postgres/postmaster.pid"), "utf8").split("\n")
    process.kill(Number(pid), "SIGKILL")
  }

  /** Its database, as the tracker itself logs in to it. */
  get databaseUrl(): string {
    const port = readFileSync(join(this.home, "data/postgres/postmaster.pid"), "utf8").split("\n")[3]
    const password = readFileSync(join(this.home, "data/keys/postgres-finance"), "utf8").trim()
    return `postgres://finance:${password}@127.0.0.1:${port}/finance`
  }

  /** Ends it and removes its data. After a kill it is started once more, for only that stops the database it left behind. */
  async stop(): Promise<void> {
    if (!this.#child.isRunning) await this.#child.start()
    await this.#child.stop()
    rmSync(this.home, { recursive: true, force: true })
  }
}
