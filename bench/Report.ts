/**
 * Report: a suite's figures, as a table for people and as JSON for programs, with the machine that they were measured on: a figure
 * without its load means little.
 */
import { execFileSync } from "node:child_process"
import { availableParallelism, loadavg } from "node:os"
import { spread } from "./Measurement.ts"
import type { Figure } from "./Suite.ts"

export interface Report {
  readonly suite: string
  /** What was measured; ends in `+changes` where the working tree held more. */
  readonly commit: string
  /** True where sizes were small and runs few: not to be quoted. */
  readonly quick: boolean
  readonly machine: Machine
  readonly figures: ReadonlyArray<Figure>
}

export interface Machine {
  readonly cores: number
  /** The average load over the minute before the suite began, and at its end (its own work included). */
  readonly load: { readonly before: number; readonly after: number }
  readonly node: string
}

export const load = () => Number((loadavg()[0] ?? 0).toFixed(2))

export const machine = (before: number): Machine => ({
  cores: availableParallelism(),
  load: { before, after: load() },
  node: process.version
})

export const commitOf = (root: string): string => {
  const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()
  try {
    return git("rev-parse", "HEAD") + (git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+changes")
  } catch {
    return "unknown"
  }
}

const round = (value: number): string => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const withSpread = (value: number, runs: ReadonlyArray<number>): string => {
  const { least, most } = spread(runs)
  return runs.length === 1 ? round(value) : `${round(value)} [${round(least)}–${round(most)}] of ${runs.length}`
}

const cells = ({ name, value, unit, goal, holds, peer, ratio, runs }: Figure): ReadonlyArray<string> => [
  name,
  `${withSpread(value, runs)} ${unit}`,
  peer === undefined ? "" : `${peer.name}: ${withSpread(peer.value, peer.runs)}`,
  ratio === undefined ? "" : `${round(ratio)} ×`,
  goal ?? "",
  holds === null ? "" : holds ? "✓" : "✗"
]

/** One line a figure: median [least–most], the peer's, how many times that is, the goal and whether it is reached. */
export const table = ({ suite, commit, quick, machine, figures }: Report): string => {
  const rows = [["figure", "median [min–max]", "peer", "ratio", "goal", ""], ...figures.map(cells)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd()
  )
  const { cores, load, node } = machine
  return [
    `${suite} at ${commit}, ${cores} cores, load ${load.before} before and ${load.after} after, Node ${node}`,
    ...(quick ? ["Quick: small sizes, one run. These figures prove nothing."] : []),
    "",
    ...lines
  ].join("\n")
}
