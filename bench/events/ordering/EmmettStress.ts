/**
 * EmmettStress: the peer's side: `appendToStream`, whose transaction an inline projection keeps open or gives up, and a reactor on its
 * consumer as the reader, both with the options that they have by themselves.
 */
import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { isExpectedVersionConflictError, projections } from "@event-driven-io/emmett"
import { postgreSQLProjection } from "@event-driven-io/emmett-postgresql"
import * as Emmett from "../Emmett.ts"
import type { Place } from "../Server.ts"
import { type Step, stepsOf, streams, writers } from "./Stress.ts"
import { type Outcome, Tally } from "./Tally.ts"

interface Stressed {
  readonly type: "Stressed"
  readonly data: { readonly id: string; readonly pause: number; readonly givesUp: boolean }
}

class GivenUp extends Error {}

const lingering = postgreSQLProjection<Stressed>({
  name: "lingering",
  canHandle: ["Stressed"],
  handle: async ([event]) => {
    await sleep(event!.data.pause)
    if (event!.data.givesUp) throw new GivenUp()
  }
})

/** As many as our programs have (`Database.projector`). */
const connections = 12

const accounts = Array.from({ length: streams }, randomUUID)

/** The ids of what it committed; none when it gave up, or when another writer of the stream came first. */
const carriedOut = async ({ store }: Emmett.Opened, { stream, events, pause, givesUp }: Step): Promise<ReadonlyArray<string>> => {
  const ids = Array.from({ length: events }, () => randomUUID())
  const stressed = ids.map((id): Stressed => ({ type: "Stressed", data: { id, pause, givesUp } }))
  try {
    await store.appendToStream(Emmett.streamOf(accounts[stream]!), stressed)
    return ids
  } catch (error) {
    if (error instanceof GivenUp || isExpectedVersionConflictError(error)) return []
    throw error
  }
}

/** Its reader rests for up to a second when it found nothing. */
const patience = 3_000

/** Waits until the reader has all, or is given nothing more. */
const drained = async (tally: Tally) => {
  let arrived = -1
  while (tally.missing > 0 && tally.arrived !== arrived) {
    arrived = tally.arrived
    await sleep(patience)
  }
}

export const run = async ({ url }: Place, seed: number, milliseconds: number): Promise<Outcome> => {
  const tally = new Tally()
  const emmett = Emmett.open(url, connections, projections.inline([lingering]))
  const consumer = emmett.store.consumer<Stressed>()
  consumer.reactor<Stressed>({
    processorId: "reader",
    eachMessage: ({ data, metadata }) => tally.arrive(data.id, metadata.streamName, Number(metadata.streamPosition))
  })
  const reading = consumer.start()
  const end = performance.now() + milliseconds
  const write = async (steps: () => Step) => {
    while (performance.now() < end) tally.commit(await carriedOut(emmett, steps()))
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(stepsOf(seed, writer))))
  await drained(tally)
  await consumer.stop()
  await reading
  await emmett.close()
  return tally.outcome()
}
