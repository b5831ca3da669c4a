/**
 * IsolationForest: how soon a point is alone when space is cut at random. What is unlike the rest is soon.
 *
 * Source: F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008: 100 trees of 256 points, and their score s(x, n) = 2^(−E(h(x))/c(n)).
 */
import type { Draw } from "@finance/core/demo/Draw"
import { pickSome, within } from "../year/Chance.ts"

export type Point = ReadonlyArray<number>

type Tree =
  { readonly size: number } | { readonly feature: number; readonly cut: number; readonly below: Tree; readonly above: Tree }

const trees = 100
const sampleSize = 256

/** The mean length of a path to nothing in a binary search tree of so many points: c(n). */
const meanPath = (size: number): number =>
  size <= 1 ? 0 : size === 2 ? 1 : 2 * (Math.log(size - 1) + 0.5772156649) - (2 * (size - 1)) / size

const grow = (draw: Draw, points: ReadonlyArray<Point>, room: number): Tree => {
  const ranges = (points[0] ?? []).map((_, feature) => {
    const values = points.map((point) => point[feature]!)
    return { feature, least: Math.min(...values), most: Math.max(...values) }
  })
  const divisible = ranges.filter(({ least, most }) => least < most)
  if (room === 0 || points.length <= 1 || divisible.length === 0) return { size: points.length }
  const { feature, least, most } = draw.pick(divisible)
  const cut = within(draw, least, most)
  const [below, above] = [points.filter((point) => point[feature]! < cut), points.filter((point) => point[feature]! >= cut)]
  return { feature, cut, below: grow(draw, below, room - 1), above: grow(draw, above, room - 1) }
}

const pathOf = (tree: Tree, point: Point): number => {
  let at = tree
  let length = 0
  while ("cut" in at) {
    at = point[at.feature]! < at.cut ? at.below : at.above
    length++
  }
  return length + meanPath(at.size)
}

/** The score of each point among these, from 0 to 1; about 0.5 where nothing stands out. */
export const isolationScores = (draw: Draw, points: ReadonlyArray<Point>): ReadonlyArray<number> => {
  const size = Math.min(sampleSize, points.length)
  const forest = Array.from({ length: trees }, () =>
    grow(draw, pickSome(draw, points, size), Math.ceil(Math.log2(Math.max(size, 2))))
  )
  return points.map((point) => {
    const mean = forest.reduce((sum, tree) => sum + pathOf(tree, point), 0) / trees
    return 2 ** (-mean / meanPath(size))
  })
}
