/**
 * MetricFamilies: the metrics of two threads as one page. A family that both have is told by the first: two would be no valid page.
 *
 * Source: Prometheus text format 0.0.4: a family is its `# HELP` and `# TYPE` lines and the samples under them.
 */
const familiesOf = (text: string): ReadonlyMap<string, string> => {
  const families = new Map<string, string>()
  let name = ""
  for (const line of text.split("\n")) {
    const heading = /^# (?:HELP|TYPE) (\S+)/.exec(line)
    if (heading !== null) name = heading[1]!
    if (line !== "") families.set(name, `${families.get(name) ?? ""}${line}\n`)
  }
  return families
}

export const withFamilies = (own: string, theirs: string): string =>
  [...new Map([...familiesOf(theirs), ...familiesOf(own)]).values()].join("")
