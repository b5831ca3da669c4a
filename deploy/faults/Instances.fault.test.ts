import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { ledgerEvents } from "@finance/core/bus/EventBus"
import { Signals } from "@finance/core/database/Signals"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import { begin, type Broker, type Transport } from "./Broker.ts"
import * as Figures from "./Figures.ts"
import { ask, Installation } from "./Installation.ts"
import { brokenPromises } from "./Log.ts"
import { Shopper } from "./Shopper.ts"

const transports: ReadonlyArray<Transport | "postgres"> = ["postgres", "kafka", "nats"]

interface Share {
  readonly processor: string
  readonly instance: string
  readonly partitions: ReadonlyArray<number>
}

/** Which instance has which partitions of which processor, as those say that have been heard of lately. */
const sharesIn = ({ databaseUrl }: Installation) =>
  ask(
    databaseUrl,
    (sql) => sql<Share>`
      SELECT processor, instance::text, array_agg(partition ORDER BY partition) AS partitions FROM processor_actors
      WHERE heard_at > now() - interval '4 seconds' GROUP BY processor, instance`
  )

/** Waits until every partition of every processor is had by one of so many instances, by each its part; answers after how many milliseconds. */
const shared = async (installation: Installation, instances: number): Promise<number> => {
  const begun = performance.now()
  while (true) {
    const shares = Map.groupBy(await sharesIn(installation), ({ processor }) => processor)
    const isSo = [...shares.values()].every(
      (parts) =>
        parts.length === instances &&
        parts.every(({ partitions }) => partitions.length === ledgerEvents.partitions / instances) &&
        new Set(parts.flatMap(({ partitions }) => partitions)).size === ledgerEvents.partitions
    )
    if (isSo && shares.size > 0) return performance.now() - begun
    if (performance.now() - begun > 60_000) throw new Error(`partitions are not shared: ${JSON.stringify([...shares.values()])}`)
    await sleep(50)
  }
}

const command = (
  { databaseUrl }: Installation,
  command: Effect.Effect<unknown, unknown, SqlClient.SqlClient | Signals>
): Promise<unknown> =>
  ask(databaseUrl, (sql) => command.pipe(Effect.provideService(SqlClient.SqlClient, sql), Effect.provide(Signals.layer)))

const checkpointsOf = ({ databaseUrl }: Installation, processor: string) =>
  ask(
    databaseUrl,
    (sql) => sql<{ partition: number; position: bigint }>`
      SELECT partition, position FROM checkpoints WHERE processor = ${processor} ORDER BY partition`
  )

for (const transport of transports) {
  describe(`Two instances of the programs over ${transport}`, () => {
    let broker: Broker | undefined
    let installation: Installation
    let people: ReadonlyArray<Shopper>

    beforeAll(async () => {
      if (transport !== "postgres") broker = await begin(transport)
      installation = await Installation.on(inject("postgresUrl"), broker?.env)
    })
    afterAll(async () => {
      await installation?.remove()
      await broker?.remove()
    })

    const isWell = async () => {
      for (const person of people) assert.deepStrictEqual(await person.amiss(), [])
      assert.deepStrictEqual(await brokenPromises(installation.databaseUrl), [])
    }

    it("share its partitions; one that is killed or frozen loses its own to the other, and nothing is lost or doubled", async () => {
      const [first, second] = [await installation.programs(), await installation.programs()]
      await first.start()
      await second.start()
      await installation.http.start()
      people = await Promise.all(["Kari", "Ola", "Åse"].map(() => Shopper.register(installation.url)))
      for (const person of people) person.shop()
      await shared(installation, 2)

      await second.kill()
      Figures.tell(`${transport}: partitions of a killed instance taken over, as reported every 2 s`, "ms", [
        await shared(installation, 1)
      ])
      await second.start()
      await shared(installation, 2)

      first.signal("SIGSTOP")
      Figures.tell(`${transport}: partitions of a frozen instance taken over, as reported every 2 s`, "ms", [
        await shared(installation, 1)
      ])
      first.signal("SIGCONT")
      await shared(installation, 2)
      await isWell()

      for (const person of people) person.shop()
      await sleep(500)
      assert.strictEqual(await first.stop("SIGTERM"), 0)
      await shared(installation, 1)
      await isWell()
      await second.kill()
    })

    it("stop a program on command, also those that start later, and go on where it was when told to", async () => {
      const [first, second] = [await installation.programs(), await installation.programs()]
      await first.start()
      await second.start()
      if (!installation.http.isRunning) await installation.http.start()
      await shared(installation, 2)
      people = await Promise.all(["Kari", "Ola"].map(() => Shopper.register(installation.url)))
      await command(installation, ProcessorControl.pause("projections"))
      await sleep(2_000)
      const before = await checkpointsOf(installation, "projections")
      for (const person of people) person.shop()
      await sleep(1_000)
      await first.kill()
      await first.start()
      // longer than Kafka's session, and NATS's leases
      await sleep(10_000)
      assert.deepStrictEqual(await checkpointsOf(installation, "projections"), before)
      assert.notDeepEqual(await checkpointsOf(installation, "budgets"), before)
      await command(installation, ProcessorControl.resume("projections"))
      await isWell()
      await Promise.all([first.kill(), second.kill()])
    })
  })
}
