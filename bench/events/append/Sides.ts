/**
 * Sides: who appends, each into a database of its own on one server, and that what they say they stored is there.
 */
import { ask } from "../../Program.ts"
import * as Emmett from "../Emmett.ts"
import { count, type Place, type Server } from "../Server.ts"
import * as BareWriter from "./BareWriter.ts"
import * as Contents from "./Contents.ts"

export type SideName = "ours" | "ours, without command ids" | "ours, a stream each" | "peer" | "bare"

export interface Order {
  readonly side: SideName
  readonly place: Place
  readonly users: number
  readonly connections: number
  /** Bookings in one call. */
  readonly batch: number
  /** Milliseconds. */
  readonly warmUp: number
  readonly measured: number
}

export interface Outcome {
  /** How many bookings it was told are stored, the warm-up's included. */
  readonly acknowledged: number
  /** Milliseconds of each call that counts. */
  readonly latencies: ReadonlyArray<number>
  readonly milliseconds: number
  /** Milliseconds that its process computed meanwhile. */
  readonly cpu: number
}

export interface Sides {
  /** Runs a side once, and holds it to its word. */
  readonly run: (order: Omit<Order, "place" | "connections">) => Promise<Outcome>
  /** Fails when what ours has stored is not what it should be. */
  readonly check: () => Promise<void>
}

/** As many as the tracker's requests have (`Database.api`); the peer and the bare loop get as many, and are no faster with 32 or 64. */
const connections = 16

const program = new URL("AppendProgram.ts", import.meta.url)

/** Makes the databases. */
export const prepare = async (server: Server): Promise<Sides> => {
  const ours = await server.ledger("append_ours")
  const peer = await server.empty("append_peer")
  const bare = await server.empty("append_bare")
  await Emmett.prepare(peer.url)
  await BareWriter.prepare(bare.url)
  const places: Record<SideName, { readonly place: Place; readonly table: string }> = {
    ours: { place: ours, table: "events" },
    "ours, without command ids": { place: ours, table: "events" },
    "ours, a stream each": { place: ours, table: "events" },
    peer: { place: peer, table: "emt_messages" },
    bare: { place: bare, table: BareWriter.table }
  }
  const run: Sides["run"] = async (order) => {
    const { place, table } = places[order.side]
    const before = await count(place.url, table)
    const outcome = await ask<Outcome>(program, { ...order, place, connections } satisfies Order)
    const stored = (await count(place.url, table)) - before
    if (stored === outcome.acknowledged) return outcome
    throw new Error(`${order.side} said that ${outcome.acknowledged} events are stored, and ${stored} are`)
  }
  return { run, check: () => Contents.check(ours) }
}
