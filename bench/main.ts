/**
 * npm run bench -- SUITE [--json FILE] [--runs N] [--only PART[,PART…]] [--quick]
 *
 *   SUITE         which one; without it, their list
 *   --json FILE   writes the figures as JSON too: {suite, commit, quick, machine, figures: [{name, value, unit, goal, holds, peer?, ratio?, runs}]}
 *   --runs N      how often each thing is measured (default 5); figures are medians
 *   --only PART   of a suite that has parts, these alone: what takes long, or wants a quiet machine, can be measured by itself
 *   --quick       one run on small sizes: shows that all works, proves nothing
 *
 * It sets up what it needs by itself: the tracker's own packages and dashboard as `npm start` does, and what it compares with, in
 * `bench/node_modules`. It starts trackers of its own, on free ports and in temporary directories, and clears them away (the
 * directories not when it is interrupted). Best measured on a machine that does nothing else: the load is told with every run.
 *
 * Ends with 0 when all was measured, whether or not the goals are reached; with 1 when something broke or came out wrong.
 *
 * A new suite is a folder beside `import/` with a `Suite`, and a line in `suites` below.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import * as Report from "./Report.ts"
import type { Suite } from "./Suite.ts"
import { root } from "./Tracker.ts"

/** Read once what they stand on is installed: on a fresh clone it is not. */
const suites: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Suite> }>> = {
  import: {
    about:
      "a bank's file into the running tracker, against Actual Budget; latencies meanwhile; startup; first load of the dashboard",
    load: async () => (await import("./import/ImportSuite.ts")).importSuite
  },
  events: {
    about:
      "the event log, the relay and the buses: appends, order under stress, delivery, rebuilds, a broker that is away; against Emmett",
    load: async () => (await import("./events/EventsSuite.ts")).eventsSuite
  },
  processors: {
    about:
      "the programs: anomalies, recurring payments and transfers found in years whose truth is known; alerts; an event that cannot be handled",
    load: async () => (await import("./processors/ProcessorsSuite.ts")).processorsSuite
  }
}

const stop = (message: string): never => {
  console.error(message)
  process.exit(1)
}

const say = (line: string) => console.error(`${new Date().toTimeString().slice(0, 8)} ${line}`)

const arguments_ = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "string" },
        runs: { type: "string" },
        only: { type: "string", default: "" },
        quick: { type: "boolean", default: false }
      }
    })
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error))
  }
}

const bench = join(root, "bench")

/** Whether npm has installed what the lockfile asks for, as far as the packages that this one names. */
const isInstalled = () => {
  const read = (file: string) => JSON.parse(readFileSync(join(bench, file), "utf8")).packages
  const mark = "node_modules/.package-lock.json"
  if (!existsSync(join(bench, mark))) return false
  const [wanted, have] = [read("package-lock.json"), read(mark)]
  return Object.keys(wanted).every((path) => path === "" || wanted[path].optional || have[path]?.version === wanted[path].version)
}

/** The peers; the tracker itself is set up before this begins, by npm's `prebench`. */
const setUp = () => {
  if (isInstalled()) return
  say("Installing what the tracker is compared with…")
  const npm = spawnSync("npm ci --no-audit --no-fund --loglevel=error", {
    cwd: bench,
    shell: true,
    stdio: "inherit"
  })
  if (npm.status !== 0) stop("The packages of bench/ could not be installed: npm says why above.")
}

// A process that a signal ends does not tell its children; one that exits does.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130))

const { positionals, values } = arguments_()
const [name = ""] = positionals
const chosen = suites[name]
const runs = values.quick ? 1 : Number(values.runs ?? 5)
if (chosen === undefined || positionals.length !== 1) {
  const list = Object.entries(suites).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  stop(["npm run bench -- SUITE [--json FILE] [--runs N] [--only PART[,PART…]] [--quick]", "", ...list].join("\n"))
} else if (!Number.isInteger(runs) || runs < 1) {
  stop("--runs takes a whole number from 1 on")
} else {
  setUp()
  const suite = await chosen.load()
  const only = values.only.split(",").filter((part) => part !== "")
  const unknown = only.filter((part) => suite.parts?.includes(part) !== true)
  if (unknown.length > 0) {
    stop(`${name} has no part ${unknown.join(", ")}; its parts: ${suite.parts?.join(", ") ?? "none"}`)
  }
  const before = Report.load()
  const figures = await suite
    .measure({ runs, quick: values.quick, only, say })
    .catch((error: unknown) => stop(error instanceof Error ? (error.stack ?? error.message) : String(error)))
  const report = { suite: name, commit: Report.commitOf(root), quick: values.quick, machine: Report.machine(before), figures }
  console.log(Report.table(report))
  if (values.json !== undefined) await writeFile(resolve(values.json), `${JSON.stringify(report, null, 2)}\n`)
}
