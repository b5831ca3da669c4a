/**
 * CloudEventHeaders: the envelope as the headers of a record (Kafka) or a message (NATS), in binary mode: attributes are headers, the
 * data is the body.
 *
 *   attribute         Kafka             NATS
 *   id                ce_id             ce-id
 *   partitionkey      ce_partitionkey   ce-partitionkey
 *   datacontenttype   content-type      ce-datacontenttype
 *   values            UTF-8             printable ASCII, all else percent-encoded
 *
 * Written in the transport's own spelling; read in both, names in any case, so that a bridge between the two need not translate. A bridge
 * copies values as they are: how one is encoded goes by the spelling of its name, not by who delivers it.
 *
 * Source: CloudEvents 1.0.2, Kafka and NATS protocol bindings; percent-encoding: HTTP protocol binding, 3.1.3.2.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CloudEvent } from "./CloudEvent.ts"

/** A record whose headers make no CloudEvent: what is wrong with it. */
export class NotACloudEvent extends Schema.TaggedError<NotACloudEvent>()("NotACloudEvent", { detail: Schema.String }) {
  override get message() {
    return `This is not a CloudEvent: ${this.detail}`
  }
}

export type Spelling = "kafka" | "nats"

const contentType = "application/octet-stream"

/** The headers of an event, in the spelling of the transport. */
export const toHeaders = (event: CloudEvent, spelling: Spelling): Record<string, string> => {
  const { prefix, contentTypeHeader, write } = spellings[spelling]
  const { id, source, type, time, subject, partitionkey, sequence, extensions } = event
  const attributes = { ...extensions, specversion: "1.0", id, source, type, time, subject, partitionkey, sequence }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) headers[`${prefix}${name}`] = write(value)
  // NATS has no absent body: what has no content type has no data.
  if (event.data !== null) headers[contentTypeHeader] = contentType
  return headers
}

/** The event of these headers and this body, whichever transport wrote the headers. */
export const fromHeaders = (
  headers: Iterable<readonly [name: string, value: string]>,
  body: Uint8Array | null
): Result.Result<CloudEvent, NotACloudEvent> => {
  const attributes: Record<string, string> = {}
  const extensions: Record<string, string> = {}
  let hasData = body !== null && body.length > 0
  for (const [header, value] of headers) {
    const name = header.toLowerCase()
    if (contentTypeHeaders.has(name)) hasData = body !== null
    else if (name.startsWith("ce_") || name.startsWith("ce-")) {
      const attribute = name.slice(3)
      const read = name.startsWith("ce-") ? percentDecoded(value) : value
      if (core.has(attribute)) attributes[attribute] = read
      else extensions[attribute] = read
    }
  }
  const { specversion, id, source, type, time, subject, partitionkey, sequence } = attributes
  if (specversion !== "1.0") return refuse(`its specversion is ${specversion ?? "missing"}, not 1.0`)
  if (!id || !source || !type || !time || !subject || !partitionkey || !sequence) {
    return refuse(`it lacks ${required.filter((name) => !attributes[name]).join(", ")}`)
  }
  const data = hasData ? body : null
  return Result.succeed({ id, source, type, time, subject, partitionkey, sequence, extensions, data })
}

const required = ["id", "source", "type", "time", "subject", "partitionkey", "sequence"] as const
const core: ReadonlySet<string> = new Set(["specversion", ...required])

const refuse = (detail: string) => Result.fail(new NotACloudEvent({ detail }))

/** Space, `"`, `%` and all beyond printable ASCII, as the bytes of their UTF-8 in percent form. */
const percentEncoded = (value: string): string =>
  /^[!#$&-~]*$/.test(value) ? value : value.replaceAll(/[^!#$&-~]+/g, (text) => encodeURIComponent(text.toWellFormed()))

/** What does not decode stands for itself. */
const percentDecoded = (value: string): string => {
  if (!value.includes("%")) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

const asItIs = (value: string): string => value

const spellings = {
  kafka: { prefix: "ce_", contentTypeHeader: "content-type", write: asItIs },
  nats: { prefix: "ce-", contentTypeHeader: "ce-datacontenttype", write: percentEncoded }
}
const contentTypeHeaders: ReadonlySet<string> = new Set(["content-type", "ce-datacontenttype", "ce_datacontenttype"])
