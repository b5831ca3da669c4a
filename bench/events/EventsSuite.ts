/**
 * The suite `events`: the event log and what carries it, against Emmett where it does the same, on one PostgreSQL that syncs at every
 * commit.
 */
import type { Figure, Setting, Suite } from "../Suite.ts"
import { inDirectory } from "../Tracker.ts"
import * as Append from "./append/Append.ts"
import * as Ordering from "./ordering/Ordering.ts"
import * as Outage from "./outage/Outage.ts"
import * as Rebuild from "./rebuild/Rebuild.ts"
import * as Server from "./Server.ts"
import * as Transport from "./transport/Transport.ts"

type Part = (server: Server.Server, setting: Setting) => Promise<ReadonlyArray<Figure>>

const parts = new Map<string, Part>([
  ["append", Append.measure],
  ["ordering", Ordering.measure],
  ["transport", Transport.measure],
  ["rebuild", Rebuild.measure],
  ["outage", Outage.measure]
])

export const eventsSuite: Suite = {
  parts: [...parts.keys()],
  measure: (setting) =>
    inDirectory((directory) =>
      Server.during(directory, async (server) => {
        const figures: Array<Figure> = []
        for (const [name, measure] of parts) {
          if (setting.only.length > 0 && !setting.only.includes(name)) continue
          setting.say(`${name}…`)
          figures.push(...(await measure(server, setting)))
        }
        return figures
      })
    )
}
