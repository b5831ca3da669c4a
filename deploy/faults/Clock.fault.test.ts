import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { Tracker } from "../../vitest/Tracker.ts"
import { ask } from "./Installation.ts"
import { brokenPromises } from "./Log.ts"
import { Shopper } from "./Shopper.ts"

/** Debian's libfaketime: what is started under it has the clock that a file says. */
const libfaketime = () => {
  const libraries = "/usr/lib"
  const found = readdirSync(libraries)
    .map((directory) => join(libraries, directory, "faketime/libfaketime.so.1"))
    .find(existsSync)
  if (found === undefined) throw new Error("libfaketime is missing: apt-get install libfaketime")
  return found
}

describe("The clock of the machine jumps", () => {
  const home = mkdtempSync(join(tmpdir(), "finance-clock-"))
  const clock = join(home, "clock")
  const setClock = (hours: number) => writeFileSync(clock, `${hours < 0 ? "" : "+"}${hours}h`)
  let tracker: Tracker

  beforeAll(async () => {
    chmodSync(home, 0o755)
    setClock(0)
    tracker = await Tracker.start({
      env: {
        LD_PRELOAD: libfaketime(),
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1"
      }
    })
  })
  afterAll(async () => {
    await tracker?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  it("three hours ahead, a day back, and to the hour again: what Kari enters and hands in meanwhile is there once", async () => {
    const kari = await Shopper.register(tracker.url)
    for (const hours of [3, -24, 0]) {
      kari.shop()
      await kari.handIn(600)
      setClock(hours)
      await sleep(1_500)
      const [now] = await ask(tracker.databaseUrl, (sql) => sql<{ at: Date }>`SELECT clock_timestamp() AS at`)
      assert.approximately(now!.at.getTime(), Date.now() + hours * 3_600_000, 60_000)
    }
    assert.deepStrictEqual(await kari.amiss(), [])
    assert.deepStrictEqual(await brokenPromises(tracker.databaseUrl), [])
    assert.isAbove(kari.acknowledged, 10)
  })
})
