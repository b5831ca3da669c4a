/** Operator: what the person who runs the tracker can ask of its programs and tell them, over REST. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Person } from "../../Person.ts"

export interface Processor {
  readonly name: string
  readonly state: string
  readonly parked: number
  readonly partitions: ReadonlyArray<{ readonly lag_events: number }>
}

const patience = 120_000

export const processors = (operator: Person): Promise<ReadonlyArray<Processor>> => operator.get("/processors")

/** Looks until it is so, and fails when that takes too long. */
export const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const begun = performance.now()
  while (!(await holds())) {
    if (performance.now() - begun > patience) throw new Error(`it does not come about that ${what}`)
    await sleep(20)
  }
}

/** Waits until every program has come to the end of the log, and has been there for some looks: what one does is work for another. */
export const caughtUp = async (operator: Person): Promise<void> => {
  let looks = 0
  await until("every program is at the end of the log", async () => {
    const all = await processors(operator)
    looks = all.every(({ partitions }) => partitions.every(({ lag_events }) => lag_events === 0)) ? looks + 1 : 0
    await sleep(200)
    return looks >= 3
  })
}
