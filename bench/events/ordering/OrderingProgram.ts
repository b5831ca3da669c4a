/**
 * The process of one run of one side, with the stranger beside it.
 */
import { carryOut, say } from "../../Program.ts"
import * as EmmettStress from "./EmmettStress.ts"
import type { Order } from "./Ordering.ts"
import * as OurStress from "./OurStress.ts"
import { stranger } from "./Stress.ts"

carryOut(async ({ side, place, seed, milliseconds }: Order) => {
  const leave = await stranger(place.url)
  const run = side === "ours" ? OurStress.run : EmmettStress.run
  const outcome = run(place, seed, milliseconds)
  say(await outcome.finally(leave))
})
