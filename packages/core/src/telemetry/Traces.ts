/**
 * Traces: spans, sent to the collector of OTEL_EXPORTER_OTLP_ENDPOINT as OTLP over HTTP, in JSON. Without that variable there are none.
 *
 * A trace begins where something comes from outside (a request) or goes on from it (a batch of events, a change that is told). What runs by
 * itself, as a poll of the database does many times a second, begins none.
 *
 * Source: OpenTelemetry specification, OTLP exporter and SDK environment variables.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import packageJson from "../../package.json" with { type: "json" }

const beginners: ReadonlySet<Tracer.SpanKind> = new Set(["server", "consumer", "producer"])

const fromOutside = (tracer: Tracer.Tracer): Tracer.Tracer => ({
  ...tracer,
  span: (options) =>
    tracer.span(Option.isSome(options.parent) || beginners.has(options.kind) ? options : { ...options, sampled: false })
})

/** Effect's tracer says itself what the specification has as defaults. */
const defaults = (service: string) =>
  ConfigProvider.layerAdd(
    ConfigProvider.fromUnknown({
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_SERVICE_NAME: service,
      OTEL_SERVICE_VERSION: packageJson.version
    })
  )

/** The service is named so unless OTEL_SERVICE_NAME says otherwise. */
export const layer = (service: string) =>
  Layer.unwrap(
    Effect.map(Layer.build(OtlpTracer.layerFromConfig()), (built) => {
      const tracer = Context.get(built, Tracer.Tracer)
      return tracer === Tracer.nativeTracer ? Layer.empty : Layer.succeed(Tracer.Tracer, fromOutside(tracer))
    })
  ).pipe(Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer, defaults(service)]))
