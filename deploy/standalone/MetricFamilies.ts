/**
 * MetricFamilies: the metrics of two threads as one page. What both of them count is told as the sum; a state that both tell of, as the
 * first sees it. So each sample stands there once: two would be no valid page.
 *
 * Source: Prometheus text format 0.0.4: a family is its `# HELP` and `# TYPE` lines and the samples under them.
 */
interface Family {
  readonly headings: ReadonlyArray<string>
  readonly isCounted: boolean
  /** By name and labels. */
  readonly samples: Map<string, number>
}

const familiesOf = (text: string): ReadonlyMap<string, Family> => {
  const families = new Map<string, Family>()
  let family: Family | undefined
  for (const line of text.split("\n")) {
    const [, keyword, name, kind] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (name !== undefined) {
      const { headings, isCounted, samples } = families.get(name) ?? { headings: [], isCounted: false, samples: new Map() }
      family = { headings: [...headings, line], isCounted: isCounted || (keyword === "TYPE" && kind !== "gauge"), samples }
      families.set(name, family)
    } else if (line !== "") {
      const end = line.lastIndexOf(" ")
      family?.samples.set(line.slice(0, end), Number(line.slice(end + 1)))
    }
  }
  return families
}

const merged = (own: Family, theirs: Family | undefined): Family => {
  const samples = new Map(theirs?.samples)
  for (const [name, value] of own.samples) samples.set(name, own.isCounted ? value + (samples.get(name) ?? 0) : value)
  return { ...own, samples }
}

const written = ({ headings, samples }: Family): string =>
  [...headings, ...Array.from(samples, ([name, value]) => `${name} ${value}`)].map((line) => `${line}\n`).join("")

export const withFamilies = (own: string, theirs: string): string => {
  const all = new Map(familiesOf(theirs))
  for (const [name, family] of familiesOf(own)) all.set(name, merged(family, all.get(name)))
  return Array.from(all.values(), written).join("")
}
