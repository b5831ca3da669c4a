import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { execFileSync } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { Tracker } from "../../vitest/Tracker.ts"
import { brokenPromises } from "./Log.ts"
import { Shopper } from "./Shopper.ts"

const megabyte = 1024 * 1024

describe("The disk fills up", () => {
  const home = join(mkdtempSync(join(tmpdir(), "finance-disk-")), "disk")
  const ballast = join(home, "ballast")
  let tracker: Tracker

  beforeAll(async () => {
    mkdirSync(home)
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=400m", "tmpfs", home])
    tracker = await Tracker.start({ home })
  })
  afterAll(async () => {
    await tracker?.stop().catch(() => undefined)
    execFileSync("umount", ["--lazy", home])
    rmSync(join(home, ".."), { recursive: true, force: true })
  })

  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(home)
    return bavail * bsize
  }

  const fill = () => {
    for (let part = 0; freeBytes() > 0; part++)
      writeFileSync(`${ballast}-${part}`, Buffer.alloc(Math.min(freeBytes(), 64 * megabyte)))
  }
  const clear = () => {
    for (let part = 0; part < 10; part++) rmSync(`${ballast}-${part}`, { force: true })
  }

  it("and nothing acknowledged is lost; when there is room again, the tracker goes on by itself", async () => {
    const kari = await Shopper.register(tracker.url)
    kari.shop()
    await sleep(1_000)
    fill()
    await sleep(4_000)
    await kari.rest()
    const before = kari.acknowledged
    kari.shop()
    await sleep(1_000)
    clear()
    await kari.handIn(300)
    assert.deepStrictEqual(await kari.amiss(), [])
    assert.deepStrictEqual(await brokenPromises(tracker.databaseUrl), [])
    assert.isAbove(kari.acknowledged, before)
  })
})
