/**
 * EventVersions: every shape that one type of event was ever written in, and how each becomes the next.
 *
 *   v1 ──upcast──▶ v2 ──upcast──▶ v3       the last is the current one: the only one written, the only one the program sees
 *
 *   EventVersions.first(RenamedV1).next(Renamed, (v1) => ({ ...v1, reason: null }))
 *
 * Terms. *upcaster*: a pure function from one version to the next, which knows no other version.
 *
 * Invariants
 *  1. What was written in any version reads as the current shape, for ever: a version is only ever added, at the end.
 *  2. What is written is the current version, and only what can be read again.
 */
import * as Schema from "effect/Schema"

export class EventVersions<Event> {
  /** The version that is written now; the first is 1. */
  readonly current: number
  /** The JSON value of an event. Throws a `SchemaError` for what could not be read again. */
  readonly encode: (event: Event) => unknown
  readonly #decoders: ReadonlyArray<(json: unknown) => Event>

  private constructor(encode: (event: Event) => unknown, decoders: ReadonlyArray<(json: unknown) => Event>) {
    this.encode = encode
    this.#decoders = decoders
    this.current = decoders.length
  }

  static first<Event, Encoded>(schema: Schema.Codec<Event, Encoded>): EventVersions<Event> {
    return new EventVersions(Schema.encodeSync(schema), [Schema.decodeUnknownSync(schema)])
  }

  /** The same type of event from now on in another shape. */
  next<Next, Encoded>(schema: Schema.Codec<Next, Encoded>, upcast: (before: Event) => Next): EventVersions<Next> {
    const upcasting = this.#decoders.map((decode) => (json: unknown) => upcast(decode(json)))
    return new EventVersions(Schema.encodeSync(schema), [...upcasting, Schema.decodeUnknownSync(schema)])
  }

  reads(version: number): boolean {
    return this.#decoders[version - 1] !== undefined
  }

  /** What a JSON value of that version is today. Throws a `SchemaError` when it does not fit; ask `reads` first. */
  decode(version: number, json: unknown): Event {
    return this.#decoders[version - 1]!(json)
  }
}
