/**
 * Collector: takes in OTLP over HTTP, in JSON, as a collector of traces does, and keeps the spans for a test to look at.
 *
 * Source: OpenTelemetry Protocol, 1.9: OTLP/HTTP, JSON encoding.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import type { AddressInfo } from "node:net"

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly service: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>
}

type Attributes = ReadonlyArray<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>

interface Exported {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: Attributes }
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<Omit<Span, "service" | "attributes"> & { readonly attributes: Attributes }>
    }>
  }>
}

const valuesOf = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const spansIn = ({ resourceSpans }: Exported): ReadonlyArray<Span> =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const { "service.name": name, "service.version": version } = valuesOf(resource.attributes)
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, service: `${name} ${version}`, attributes: valuesOf(span.attributes) }))
    )
  })

export class Collector {
  readonly spans: Array<Span> = []
  /** All that it was sent, as it was sent. */
  received = ""
  readonly #server = createServer((request, response) => {
    void this.#take(request).then(() => response.writeHead(200, { "content-type": "application/json" }).end("{}"))
  })

  static async start(): Promise<Collector> {
    const collector = new Collector()
    collector.#server.listen(0, "127.0.0.1")
    await once(collector.#server, "listening")
    return collector
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async #take(request: IncomingMessage): Promise<void> {
    const body = await text(request)
    if (request.url !== "/v1/traces" || request.headers["content-type"] !== "application/json") {
      throw new Error(`this is no OTLP: ${request.method} ${request.url} ${request.headers["content-type"]}`)
    }
    this.received += body
    this.spans.push(...spansIn(JSON.parse(body) as Exported))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, "close")
  }
}
