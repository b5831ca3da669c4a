/**
 * The suite `processors`: what the programs make of the events: how well they find what a person wants to hear of, how soon they tell, and
 * what one event that they cannot handle does to the others.
 *
 * The tracker runs as `npm start` runs it. Years are invented (year/), each a person's own; the ones reported on (seeds 101 to 120) are
 * those that nothing was tuned on.
 */
import type { Figure, Suite } from "../Suite.ts"
import * as Tracker from "../Tracker.ts"
import { alerts } from "./alerts/Alerts.ts"
import { detection, parts as detected } from "./detection/Detection.ts"
import { poison } from "./poison/Poison.ts"

const parts = [...detected, "poison", "alerts"] as const

const withTracker = <A>(work: (url: string) => Promise<A>): Promise<A> =>
  Tracker.inDirectory((directory) => Tracker.during(directory, ({ url }) => work(url)))

export const processorsSuite: Suite = {
  parts,
  measure: async (setting) => {
    const wanted: ReadonlySet<string> = new Set(setting.only.length === 0 ? parts : setting.only)
    const figures: Array<Figure> = []
    if (detected.some((part) => wanted.has(part))) figures.push(...(await withTracker((url) => detection(url, wanted, setting))))
    if (wanted.has("poison")) figures.push(...(await poison(setting)))
    if (wanted.has("alerts")) figures.push(...(await withTracker((url) => alerts(url, setting))))
    return figures
  }
}
