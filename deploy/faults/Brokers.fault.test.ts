import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { begin, type Broker, type Transport } from "./Broker.ts"
import { Installation } from "./Installation.ts"
import { brokenPromises } from "./Log.ts"
import { Shopper } from "./Shopper.ts"

const transports: ReadonlyArray<Transport> = ["kafka", "nats"]

for (const transport of transports) {
  describe(`The events travel over ${transport}`, () => {
    let broker: Broker
    let installation: Installation

    beforeAll(async () => {
      broker = await begin(transport)
      installation = await Installation.on(inject("postgresUrl"), broker.env)
    })
    afterAll(async () => {
      await installation?.remove()
      await broker?.remove()
    })

    const isWell = async (kari: Shopper) => {
      assert.deepStrictEqual(await kari.amiss(), [])
      assert.deepStrictEqual(await brokenPromises(installation.databaseUrl), [])
    }

    it("and while the broker is away Kari shops on; when it is back, all of it is in her books", async () => {
      const programs = await installation.programs()
      await programs.start()
      await installation.http.start()
      const kari = await Shopper.register(installation.url)
      kari.shop()
      await sleep(1_500)
      for (let time = 1; time <= 2; time++) {
        await broker.kill()
        await sleep(2_500)
        const before = kari.acknowledged
        await sleep(2_500)
        assert.isAbove(kari.acknowledged, before)
        await broker.start()
        await sleep(1_000)
      }
      await isWell(kari)
      await programs.kill()
    })

    it("and processes of the programs come and go in the middle of a statement", async () => {
      const [first, second] = [await installation.programs(), await installation.programs()]
      await first.start()
      if (!installation.http.isRunning) await installation.http.start()
      const kari = await Shopper.register(installation.url)
      kari.shop()
      for (const [comes, goes] of [
        [second, first],
        [first, second],
        [second, first]
      ] as const) {
        await kari.handIn(1_500)
        await sleep(300)
        await comes.start()
        await sleep(700)
        await goes.kill()
      }
      await isWell(kari)
    })
  })
}
