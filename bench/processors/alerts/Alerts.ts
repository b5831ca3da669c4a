/**
 * Alerts: how long after they entered it a person hears that a purchase took a budget over a threshold, or is the same as another, while
 * their bank's file comes in. Who enters and listens is a process of its own (AlertsProgram).
 */
import { ended } from "../../import/Arrival.ts"
import { bankFile } from "../../import/BankFile.ts"
import { percentile } from "../../Measurement.ts"
import { openAccount, type Person, register } from "../../Person.ts"
import * as Program from "../../Program.ts"
import { load } from "../../Report.ts"
import { atLeast, atMost, type Figure, figure, type Setting } from "../../Suite.ts"
import type { Order, Said } from "./Order.ts"

const program = new URL("AlertsProgram.ts", import.meta.url)

interface Run {
  readonly budgets: ReadonlyArray<number>
  readonly anomalies: ReadonlyArray<number>
  readonly rowsPerMinute: number
}

const once = async (person: Person, rows: number): Promise<Run> => {
  const account_id = await openAccount(person)
  const { content } = bankFile(rows)
  const alerted = Program.start<Said>(program, { url: person.url, token: person.token, account_id } satisfies Order)
  try {
    await alerted.next()
    const begun = performance.now()
    await ended(person, await person.upload(account_id, content))
    const minutes = (performance.now() - begun) / 60_000
    alerted.tell("stop")
    const said = await alerted.next()
    if (!("budgets" in said)) throw new Error("who waits for alerts did not say how it went")
    return { ...said, rowsPerMinute: rows / minutes }
  } finally {
    alerted.end()
  }
}

/** One account, as somebody's own: the purchases by hand are on it too. */
export const alerts = async (url: string, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const rows = setting.quick ? 5_000 : 50_000
  const runs: Array<Run> = []
  for (let run = 0; run < setting.runs; run++) {
    const before = load()
    const found = await once(await register(url), rows)
    runs.push(found)
    const told = (values: ReadonlyArray<number>) =>
      `p50 ${percentile(values, 0.5).toFixed(0)} p99 ${percentile(values, 0.99).toFixed(0)} ms of ${values.length}`
    setting.say(
      `alerts while ${found.rowsPerMinute.toFixed(0)} rows/min come in: budgets ${told(found.budgets)}, anomalies ${told(found.anomalies)} (load ${before})`
    )
  }
  const p99 = (values: (run: Run) => ReadonlyArray<number>) => runs.map((run) => percentile(values(run), 0.99))
  return [
    figure(
      "POST to budget alert p99 while a file comes in",
      "ms",
      p99(({ budgets }) => budgets),
      atMost(250)
    ),
    figure(
      "POST to anomaly p99 while a file comes in",
      "ms",
      p99(({ anomalies }) => anomalies),
      atMost(250)
    ),
    figure(
      "rows that come in meanwhile",
      "a minute",
      runs.map(({ rowsPerMinute }) => rowsPerMinute),
      atLeast(60_000)
    )
  ]
}
