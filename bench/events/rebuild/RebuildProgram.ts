/**
 * The process that fills a log, or rebuilds the read models from it: never both, or it would remember what it sealed.
 */
import { timed } from "../../Measurement.ts"
import { carryOut, say } from "../../Program.ts"
import * as EmmettBooks from "./EmmettBooks.ts"
import * as OurBooks from "./OurBooks.ts"
import type { Done, Order } from "./Rebuild.ts"

const sides = { ours: OurBooks, peer: EmmettBooks }

carryOut(async ({ side, place, work, transactions }: Order) => {
  const { fill, rebuild } = sides[side]
  const milliseconds = await timed(() => (work === "fill" ? fill(place, transactions) : rebuild(place)))
  const { user, system } = process.cpuUsage()
  say({ milliseconds, cpu: (user + system) / 1_000 } satisfies Done)
})
