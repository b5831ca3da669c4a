/**
 * The process of one side for one run: its users enter bookings, each one after the other, first unmeasured until all is warm.
 */
import { carryOut, say } from "../../Program.ts"
import * as BareWriter from "./BareWriter.ts"
import * as EmmettWriter from "./EmmettWriter.ts"
import type { Order, Outcome, SideName } from "./Sides.ts"
import * as OurWriter from "./OurWriter.ts"
import type { Connect, Writer } from "./Writer.ts"

const sides: Record<SideName, Connect> = {
  ours: OurWriter.connect({ commandIds: true, oneStream: true }),
  "ours, without command ids": OurWriter.connect({ commandIds: false, oneStream: true }),
  "ours, a stream each": OurWriter.connect({ commandIds: true, oneStream: false }),
  peer: EmmettWriter.connect,
  bare: BareWriter.connect
}

/** Users enter until the time is over; gives the milliseconds that each entry took. */
const enter = async (writer: Writer, users: number, batch: number, milliseconds: number): Promise<Array<number>> => {
  const latencies: Array<number> = []
  const end = performance.now() + milliseconds
  const user = async () => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      await (batch === 1 ? writer.one() : writer.many(batch))
      latencies.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: users }, user))
  return latencies
}

carryOut(async ({ side, place, users, connections, batch, warmUp, measured }: Order) => {
  const writer = await sides[side](place, connections)
  const before = await enter(writer, users, batch, warmUp)
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const latencies = await enter(writer, users, batch, measured)
  const milliseconds = performance.now() - begun
  const { user, system } = process.cpuUsage(cpu)
  await writer.close()
  const acknowledged = (before.length + latencies.length) * batch
  say({ acknowledged, latencies, milliseconds, cpu: (user + system) / 1_000 } satisfies Outcome)
})
