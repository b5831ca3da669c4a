/**
 * The suite `import`: how soon a bank's file is a picture of one's money, and what else can be done meanwhile.
 *
 * What is warm. One tracker runs for all the runs that are timed: it has been started over a directory that holds one person's 1,000
 * rows, and has taken 1,000 more in since. Every run is of a new person with a new account; the database grows from run to run. The
 * peer gets a new process and a new budget for every run, and 1,000 rows to warm up on, which are not counted.
 */
import { alternately, percentile, type Side } from "../Measurement.ts"
import { openAccount, type Person, register } from "../Person.ts"
import { load } from "../Report.ts"
import { against, atLeast, atMost, type Figure, figure, type Setting, type Suite } from "../Suite.ts"
import * as Tracker from "../Tracker.ts"
import * as Actual from "./Actual.ts"
import { ended, timeToArrive } from "./Arrival.ts"
import { type BankFile, bankFile, type Books, booksOf } from "./BankFile.ts"
import { firstLoad } from "./FirstLoad.ts"
import { startup, type Startup } from "./Startup.ts"
import * as Traffic from "./Traffic.ts"

/** A file with its books. */
interface Sample {
  readonly size: string
  readonly rows: number
  readonly file: BankFile
  readonly books: Books
}

interface Samples {
  readonly small: Sample
  readonly middle: Sample
  readonly large: Sample
}

const sizes = ({ quick }: Setting) => (quick ? [200, 1_000, 3_000] : [1_000, 10_000, 50_000]) as [number, number, number]

const sampled = async (person: Person, rows: number): Promise<Sample> => {
  const file = bankFile(rows)
  return { size: `${rows.toLocaleString("en")} rows`, rows, file, books: await booksOf(person, file) }
}

/** Over this directory, in a tracker that is then stopped: the one that is measured has not seen the lines before. */
const prepare = (directory: string, setting: Setting): Promise<Samples> =>
  Tracker.during(directory, async ({ url }) => {
    const person = await register(url)
    const [small, middle, large] = sizes(setting)
    const samples = {
      small: await sampled(person, small),
      middle: await sampled(person, middle),
      large: await sampled(person, large)
    }
    await importOnce(url, samples.small)
    return samples
  })

const importOnce = async (url: string, { file, books }: Sample): Promise<number> => {
  const person = await register(url)
  return timeToArrive(person, await openAccount(person), file, books)
}

const rate = ({ rows }: Sample, milliseconds: number) => (rows / milliseconds) * 1000

const throughput = async (url: string, samples: Samples, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const { small, middle, large } = samples
  const side = (name: string, runs: number, sample: Sample, run: () => Promise<number>): Side => ({
    name,
    runs,
    run: async () => {
      const before = load()
      const measured = rate(sample, await run())
      setting.say(`${name}: ${measured.toFixed(0)} rows/s (load ${before})`)
      return measured
    }
  })
  const ours = (sample: Sample) => side(sample.size, setting.runs, sample, () => importOnce(url, sample))
  const peer = Actual.name()
  const theirs = (sample: Sample, runs: number) =>
    side(`${sample.size}, ${peer}`, runs, sample, () => Actual.timeToImport(sample.file, small.file))
  const peers = {
    middle: theirs(middle, setting.runs),
    // A run of these takes minutes: every other round has one.
    large: theirs(large, Math.ceil(setting.runs / 2))
  }
  const values = await alternately([ours(small), ours(middle), peers.middle, ours(large), peers.large])
  const rates = ({ size }: Sample) => values.get(size)!
  const slowdown = rates(large).map((rate, round) => (rates(middle)[round]! / rate - 1) * 100)
  return [
    ...[small, middle, large].map((sample) => figure(`import ${sample.size}`, "rows/s", rates(sample), atLeast(3_000))),
    figure(`a row of ${large.size} slower than of ${middle.size}`, "%", slowdown, atMost(15)),
    against(
      `import ${middle.size} against peer`,
      "rows/s",
      rates(middle),
      { name: peer, runs: values.get(peers.middle.name)! },
      atLeast(2)
    ),
    against(
      `import ${large.size} against peer`,
      "rows/s",
      rates(large),
      { name: peer, runs: values.get(peers.large.name)! },
      atLeast(6)
    )
  ]
}

const traffic = async (url: string, { large }: Samples, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const lists: Array<number> = []
  const arrivals: Array<number> = []
  const alone: Array<number> = []
  for (let run = 0; run < setting.runs; run++) {
    const person = await register(url)
    const account = await openAccount(person)
    const before = load()
    const found = await Traffic.during(person, account, async () =>
      ended(person, await person.upload(account, large.file.content))
    )
    lists.push(percentile(found.lists, 0.99))
    arrivals.push(percentile(found.arrivals, 0.99))
    alone.push(found.alone * 100)
    const told = (values: ReadonlyArray<number>) =>
      `p50 ${percentile(values, 0.5).toFixed(0)} p99 ${percentile(values, 0.99).toFixed(0)} ms of ${values.length}`
    setting.say(`meanwhile: list ${told(found.lists)}, live ${told(found.arrivals)} (load ${before})`)
  }
  return [
    figure(`GET /v1/transactions p99 while ${large.size} stream in`, "ms", lists, atMost(100)),
    figure(`POST to live stream p99 while ${large.size} stream in`, "ms", arrivals, atMost(250)),
    figure("of these, told by themselves", "%", alone, atLeast(100))
  ]
}

const startups = async ({ small }: Samples, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const found: Array<Startup> = []
  for (let run = 0; run < setting.runs; run++) {
    const before = load()
    const life = await startup(small.file, small.books)
    found.push(life)
    const [first, second, afterKill] = [life.first, life.second, life.afterKill].map((seconds) => seconds.toFixed(1))
    setting.say(`startup: first ${first} s, second ${second} s, after kill -9 ${afterKill} s (load ${before})`)
  }
  return [
    figure(
      "first start",
      "s",
      found.map(({ first }) => first),
      null
    ),
    figure(
      "second start",
      "s",
      found.map(({ second }) => second),
      atMost(5)
    ),
    figure(
      "start after kill -9 during an import",
      "s",
      found.map(({ afterKill }) => afterKill),
      null
    )
  ]
}

export const importSuite: Suite = {
  measure: (setting) =>
    Tracker.inDirectory(async (directory) => {
      setting.say("preparing files and what the books must say of them")
      const samples = await prepare(directory, setting)
      const figures = await Tracker.during(directory, async ({ url }) => {
        await importOnce(url, samples.small)
        const scripts = figure("dashboard, first load of JavaScript, gzip", "kB", [await firstLoad(url)], atMost(70))
        return [...(await throughput(url, samples, setting)), ...(await traffic(url, samples, setting)), scripts]
      })
      return [...figures, ...(await startups(samples, setting))]
    })
}
