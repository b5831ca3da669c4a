/**
 * PrometheusText: reads a page of metrics as strictly as the text format is written down, and throws at the first thing that is not so.
 *
 * Source: Prometheus text format 0.0.4; naming: Prometheus, "Metric and label naming".
 */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: Array<Sample>
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y
const number = /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|NaN|[-+]Inf)$/

const refuse = (problem: string, line: string): never => {
  throw new Error(`${problem}: ${line}`)
}

const labelsOf = (text: string, line: string): Record<string, string> => {
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const [, name, value] = label.exec(text) ?? refuse("a label is malformed", line)
    if (Object.hasOwn(labels, name!)) refuse("a label stands twice", line)
    labels[name!] = value!
  }
  return labels
}

const suffixes: Readonly<Record<string, ReadonlyArray<string>>> = { histogram: ["_bucket", "_sum", "_count"] }

const checkHistogram = ({ name, samples }: Family): void => {
  const series = Map.groupBy(
    samples.filter((sample) => sample.name === `${name}_bucket`),
    ({ labels: { le: _, ...rest } }) => JSON.stringify(rest)
  )
  for (const [rest, buckets] of series) {
    const bounds = buckets.map(({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])))
    const rises = (values: ReadonlyArray<number>) => values.every((value, index) => index === 0 || value >= values[index - 1]!)
    if (!rises(bounds) || bounds.at(-1) !== Infinity) refuse("the buckets do not rise to +Inf", `${name} ${rest}`)
    if (!rises(buckets.map(({ value }) => value))) refuse("the buckets are not cumulative", `${name} ${rest}`)
    const count = samples.find((sample) => sample.name === `${name}_count` && JSON.stringify(sample.labels) === rest)
    if (count?.value !== buckets.at(-1)!.value) refuse("the count is not that of all buckets", `${name} ${rest}`)
  }
}

export const parse = (text: string): ReadonlyMap<string, Family> => {
  if (text !== "" && !text.endsWith("\n")) refuse("the last line does not end", text.slice(-80))
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let help = ""
  let family: Family | undefined
  for (const line of text.split("\n").slice(0, -1)) {
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (keyword === "HELP") {
      help = rest!
    } else if (keyword === "TYPE") {
      if (!metricName.test(name!) || families.has(name!)) refuse("a family is named badly or stands twice", line)
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest!)) refuse("there is no such type", line)
      family = { name: name!, type: rest!, help, samples: [] }
      families.set(name!, family)
      help = ""
    } else {
      const [, sample, labels = "", value] = sampleLine.exec(line) ?? refuse("this is no sample", line)
      const own = suffixes[family?.type ?? ""]?.map((suffix) => family!.name + suffix) ?? [family?.name]
      if (!own.includes(sample!)) refuse("the sample does not belong to the family above it", line)
      if (!number.test(value!)) refuse("the value is no number", line)
      const series = line.slice(0, line.lastIndexOf(" "))
      if (seen.has(series)) refuse("a sample stands twice", line)
      seen.add(series)
      family!.samples.push({ name: sample!, labels: labelsOf(labels, line), value: Number(value!.replace("Inf", "Infinity")) })
    }
  }
  for (const each of families.values()) if (each.type === "histogram") checkHistogram(each)
  return families
}
