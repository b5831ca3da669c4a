import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, assert, describe, inject, it } from "vitest"
import { ask, Installation } from "./Installation.ts"
import { brokenPromises } from "./Log.ts"
import { Shopper } from "./Shopper.ts"

interface Checkpoint {
  readonly position: bigint
}

const checkpoint = async ({ databaseUrl }: Installation): Promise<bigint> => {
  const [row] = await ask(databaseUrl, (sql) => sql<Checkpoint>`SELECT position FROM outbox_checkpoints`)
  return row!.position
}

/** Which events a topic of the bus was told of more than once. */
const toldTwice = ({ databaseUrl }: Installation) =>
  ask(
    databaseUrl,
    (sql) =>
      sql`SELECT topic, position FROM bus_messages, unnest(positions) AS position GROUP BY topic, position HAVING count(*) > 1`
  )

/** Waits until the bus has been told of something new. */
const movedOn = async (installation: Installation): Promise<void> => {
  const before = await checkpoint(installation)
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await checkpoint(installation)) > before) return
    await sleep(100)
  }
  throw new Error("no relay tells the bus of anything any more")
}

describe("Two processes run the programs", () => {
  let installation: Installation
  afterEach(() => installation?.remove())

  const begin = async () => {
    installation = await Installation.on(inject("postgresUrl"))
    const [first, second] = [await installation.programs(), await installation.programs()]
    await first.start()
    await second.start()
    await installation.http.start()
    return { first, second, kari: await Shopper.register(installation.url) }
  }

  const isWell = async (kari: Shopper) => {
    assert.deepStrictEqual(await kari.amiss(), [])
    assert.deepStrictEqual(await brokenPromises(installation.databaseUrl), [])
    assert.deepStrictEqual(await toldTwice(installation), [])
  }

  it("and one that is frozen is taken over from; thawed, it can neither move a checkpoint nor tell or do anything twice", async () => {
    const { first, kari } = await begin()
    kari.shop()
    await movedOn(installation)
    first.signal("SIGSTOP")
    await movedOn(installation)
    await movedOn(installation)
    const before = await checkpoint(installation)
    first.signal("SIGCONT")
    for (let look = 0; look < 20; look++) {
      assert.isTrue((await checkpoint(installation)) >= before)
      await sleep(100)
    }
    assert.isTrue(first.isRunning)
    await isWell(kari)
  })

  it("and whichever of them is killed, over and over, the other one works on", async () => {
    const { first, second, kari } = await begin()
    kari.shop()
    for (const one of [first, second, first, second]) {
      await sleep(300 + Math.random() * 500)
      await one.kill()
      await movedOn(installation)
      await one.start()
    }
    await isWell(kari)
  })
})
