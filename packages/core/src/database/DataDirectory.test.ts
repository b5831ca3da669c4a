import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const program = (home: string) => `
  const Effect = await import("effect/Effect")
  const Redacted = await import("effect/Redacted")
  const { DataDirectory } = await import(${JSON.stringify(new URL("./DataDirectory.ts", import.meta.url).href)})
  const secret = Effect.flatMap(DataDirectory, ({ secret }) => secret("of-all"))
  console.log(Redacted.value(await Effect.runPromise(Effect.provide(secret, DataDirectory.layerShared(${JSON.stringify(home)})))))`

const start = (home: string) =>
  promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program(home)]).then(({ stdout }) => stdout.trim())

it(
  "gives processes that start for the first time together one secret, which nobody else may read",
  { timeout: 60_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), "finance-home-"))
    try {
      const secrets = await Promise.all(Array.from({ length: 6 }, () => start(home)))
      expect(secrets[0]).toMatch(/^[\w-]{43}$/)
      expect(new Set(secrets).size).toBe(1)
      const keys = join(home, "keys")
      expect(readdirSync(keys)).toEqual(["of-all"])
      expect(statSync(join(keys, "of-all")).mode & 0o777).toBe(0o600)
    } finally {
      rmSync(home, { recursive: true })
    }
  }
)
