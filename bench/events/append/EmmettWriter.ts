/**
 * EmmettWriter: the peer's side: `appendToStream` of its PostgreSQL event store, which takes one stream a call. A new stream is expected
 * not to exist, as it is on our side.
 */
import { STREAM_DOES_NOT_EXIST } from "@event-driven-io/emmett"
import { booking, people, plain } from "../Bookings.ts"
import * as Emmett from "../Emmett.ts"
import { crowd, inTurn, type Connect } from "./Writer.ts"

const owners = people(crowd)

export const connect: Connect = async ({ url }, connections) => {
  const { store, close } = Emmett.open(url, connections)
  const someone = inTurn(owners)
  const append = async (count: number) => {
    const person = someone()
    const events = Array.from({ length: count }, (): Emmett.Booked => {
      const event = booking(person)
      return { type: event.type, data: { owner_id: person.owner_id, ...plain(event) } }
    })
    const stream = Emmett.streamOf(events[0]!.data["transaction_id"]!)
    await store.appendToStream(stream, events, { expectedStreamVersion: STREAM_DOES_NOT_EXIST })
  }
  return { one: () => append(1), many: append, close }
}
