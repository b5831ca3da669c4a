import * as Schema from "effect/Schema"

/** The payload of one event, sealed, at most: every broker takes about 1 MiB by default, and the envelope needs its share. */
export const maxEventBytes = 900_000

/** An event of more bytes than may travel. It is refused before anything is stored. */
export class EventTooLarge extends Schema.TaggedError<EventTooLarge>()("EventTooLarge", {
  event_id: Schema.String,
  bytes: Schema.Int
}) {
  override get message() {
    return `Event ${this.event_id} has ${this.bytes} bytes, and ${maxEventBytes} is the most that travels`
  }
}
