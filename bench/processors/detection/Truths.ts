/**
 * Truths: a year's truth and what the tracker said of it, brought to the same names and scored. Lines that nothing on a statement tells
 * apart have one name.
 */
import { type Recurring, sameness, type Told } from "../lives/Life.ts"
import type { AnomalyType, Cadence, Line, Series, Year } from "../year/Year.ts"
import { type Score, scoreOf } from "./Score.ts"

export const anomalyTypes: ReadonlyArray<AnomalyType> = ["unusual_amount", "unusual_merchant", "duplicate", "price_change"]

/** An alert of a type about a line. */
export interface Alert {
  readonly type: string
  readonly line: Line
}

const namesIn = (year: Year) => {
  const names = new Map(year.lines.map((line) => [line.id, sameness(line)]))
  return (id: string) => names.get(id)!
}

export const alertsOf = (told: Told): ReadonlyArray<Alert> =>
  told.anomalies.map(({ type, transaction_id }) => ({ type, line: told.lineOf.get(transaction_id)! }))

/** Of a double charge, either may be the one that is told of. */
const anomaliesOf = (year: Year, type: AnomalyType): ReadonlyArray<ReadonlySet<string>> => {
  const name = namesIn(year)
  return year.truth.anomalies
    .filter((anomaly) => anomaly.type === type)
    .map(({ line, beside }) => new Set(type === "duplicate" && beside !== null ? [name(line), name(beside)] : [name(line)]))
}

export const anomalyScore = (year: Year, alerts: ReadonlyArray<Alert>, type: AnomalyType): Score =>
  scoreOf(
    anomaliesOf(year, type),
    alerts.filter((alert) => alert.type === type).map(({ line }) => sameness(line))
  )

/** Alerts about lines that have nothing the matter with them. */
export const falseAlerts = (year: Year, alerts: ReadonlyArray<Alert>): ReadonlyArray<Alert> => {
  const rightly = new Set(anomalyTypes.flatMap((type) => anomaliesOf(year, type)).flatMap((names) => [...names]))
  return alerts.filter(({ line }) => !rightly.has(sameness(line)))
}

/** From so many payments on, somebody who looks at the statements would say that they recur. */
const enough: Readonly<Record<Cadence, number>> = { weekly: 5, monthly: 3, quarterly: 3, yearly: 2 }

const nameOfSeries = ({ name, cadence }: Pick<Series, "name" | "cadence">) => `${name} ${cadence}`

/**
 * Wanted are the payments that came often enough. Pay, savings and what has come too seldom so far may be said or left: they are neither
 * wanted nor wrong. A series under another cadence is wrong, and so is one that is said twice.
 */
export const recurringScore = (year: Year, told: Told): Score => {
  const seriesOf = new Map(year.truth.series.flatMap((series) => series.lines.map((id) => [id, series] as const)))
  const isWanted = ({ kind, cadence, lines }: Series) => kind === "payment" && lines.length >= enough[cadence]
  const optional = (series: Series | undefined, { cadence }: Recurring) =>
    series !== undefined && !isWanted(series) && (series.cadence === cadence || series.lines.length < enough[series.cadence])
  const said = told.recurring.flatMap((recurring) => {
    const line = recurring.last_transaction_id === null ? undefined : told.lineOf.get(recurring.last_transaction_id)
    const series = line === undefined ? undefined : seriesOf.get(line.id)
    if (optional(series, recurring)) return []
    return [series === undefined ? `nothing: ${line?.who}` : nameOfSeries({ name: series.name, cadence: recurring.cadence })]
  })
  return scoreOf(
    year.truth.series.filter(isWanted).map((series) => new Set([nameOfSeries(series)])),
    said
  )
}

/** A pair is right when both legs are; two moves of the same amount on the same day with the same words are one another's equal. */
export const transferScore = (year: Year, told: Told): Score => {
  const name = namesIn(year)
  return scoreOf(
    year.truth.transfers.map(([out, into]) => new Set([`${name(out)} > ${name(into)}`])),
    told.transfers.map(([out, into]) => `${sameness(told.lineOf.get(out)!)} > ${sameness(told.lineOf.get(into)!)}`)
  )
}
