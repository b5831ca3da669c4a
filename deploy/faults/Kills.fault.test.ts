import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { Tracker } from "../../vitest/Tracker.ts"
import * as Figures from "./Figures.ts"
import { brokenPromises } from "./Log.ts"
import { Shopper } from "./Shopper.ts"

/** 20 on every change, 1,000 before a release: `FAULT_KILLS=1000 npm run test:faults`. */
const kills = Number(process.env["FAULT_KILLS"] ?? 20)
const checkedEvery = 20

describe("Kari shops while the tracker is killed under her", () => {
  let tracker: Tracker
  beforeAll(async () => {
    tracker = await Tracker.start()
  })
  afterAll(() => tracker?.stop())

  const answersAgain = async (): Promise<void> => {
    while (
      !(await fetch(`${tracker.url}/ready`).then(
        ({ ok }) => ok,
        () => false
      ))
    )
      await sleep(20)
  }

  it(
    `${kills} times, it or its database: nothing acknowledged is lost, and nothing is there twice`,
    async () => {
      const kari = await Shopper.register(tracker.url)
      const ready: Array<number> = []
      for (let kill = 1; kill <= kills; kill++) {
        kari.shop()
        if (kill % 5 === 0) await kari.handIn(400)
        await sleep(50 + Math.random() * 700)
        const begun = performance.now()
        if (kill % 4 === 0) {
          tracker.killPostgres()
          await sleep(10)
          await answersAgain()
        } else {
          await tracker.kill()
          await tracker.start()
        }
        ready.push(performance.now() - begun)
        if (kill % checkedEvery === 0 || kill === kills) {
          assert.deepStrictEqual(await kari.amiss(), [])
          assert.deepStrictEqual(await brokenPromises(tracker.databaseUrl), [])
        }
      }
      assert.isAbove(kari.acknowledged, kills)
      Figures.tell("ready again after a kill", "ms", ready)
      Figures.tell("purchases acknowledged meanwhile", "", [kari.acknowledged])
    },
    60_000 + kills * 30_000
  )
})
