/**
 * RequestMetrics: how many requests there were on each route, with which answers, and how long they took.
 */
import * as Metric from "effect/Metric"
import * as Effect from "effect/Effect"

const requests = Metric.counter("http_requests_total", { description: "Requests answered", incremental: true })

const duration = Metric.histogram("http_request_duration_seconds", {
  description: "How long an answer took",
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})

const known = new Map<string, { readonly count: Effect.Effect<void>; readonly time: (seconds: number) => Effect.Effect<void> }>()

const metricsOf = (method: string, route: string, status: number) => {
  const key = `${method} ${route} ${status}`
  const found = known.get(key)
  if (found !== undefined) return found
  const counter = Metric.withAttributes(requests, { method, route, status: String(status) })
  const histogram = Metric.withAttributes(duration, { method, route })
  const made = { count: Metric.update(counter, 1), time: (seconds: number) => Metric.update(histogram, seconds) }
  known.set(key, made)
  return made
}

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

/** The route by the name that `Routes` has for it. */
export const record = (method: string, route: string, status: number, seconds: number): Effect.Effect<void> => {
  const { count, time } = metricsOf(methods.has(method) ? method : "OTHER", route, status)
  return Effect.andThen(count, time(seconds))
}
