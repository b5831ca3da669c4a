/**
 * Chance: amounts and events as they are spread in the world, drawn so that they can be repeated.
 */
import type { Draw } from "@finance/core/demo/Draw"

const grain = 1 << 24

const unit = (draw: Draw): number => (draw.below(grain) + 0.5) / grain

/** From the standard normal distribution (Box and Muller 1958). */
const normal = (draw: Draw): number => Math.sqrt(-2 * Math.log(unit(draw))) * Math.cos(2 * Math.PI * unit(draw))

/** Log-normal: what people leave in a shop. `spread` is the standard deviation of the logarithm. */
export const amountAround = (draw: Draw, median: number, spread: number): number => median * Math.exp(spread * normal(draw))

/** True with this probability, 0 to 1. */
export const happens = (draw: Draw, probability: number): boolean => unit(draw) < probability

export const within = (draw: Draw, least: number, most: number): number => least + (most - least) * unit(draw)

/** So many different ones, in the order drawn; all of them where there are no more. */
export const pickSome = <A>(draw: Draw, choices: ReadonlyArray<A>, count: number): ReadonlyArray<A> => {
  const left = [...choices]
  const picked: Array<A> = []
  while (picked.length < count && left.length > 0) picked.push(...left.splice(draw.below(left.length), 1))
  return picked
}

export const pickWeighted = <A extends { readonly weight: number }>(draw: Draw, choices: ReadonlyArray<A>): A => {
  let left = within(
    draw,
    0,
    choices.reduce((sum, { weight }) => sum + weight, 0)
  )
  return choices.find(({ weight }) => (left -= weight) < 0) ?? choices.at(-1)!
}

/** Kroner (or euros) as minor units. */
export const minor = (amount: number): bigint => BigInt(Math.round(amount * 100))
