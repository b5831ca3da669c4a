/**
 * What an operator sees of a tracker that runs: its traces, its metrics, its log, its programs. One tracker for all of it, as `npm start`
 * runs it, with a collector of traces beside it.
 */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { ask } from "../faults/Installation.ts"
import { parse } from "../../vitest/PrometheusText.ts"
import { Tracker } from "../../vitest/Tracker.ts"
import { Collector } from "./Collector.ts"

const email = "kari.nordmann@example.no"
const password = "correct horse battery staple"
const shop = "HEMMELIG GULLSMED"
const poison = "GIFTIG HANDEL"
const amount = -4321.09

let tracker: Tracker
let collector: Collector
let token: string
let account_id: string

interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
  const response = await fetch(tracker.url + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers
    },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get("content-type") ?? "")
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

const until = async <A>(look: () => A | undefined | Promise<A | undefined>, what: string): Promise<A> => {
  for (let attempt = 0; attempt < 600; attempt++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`it did not come about: ${what}`)
}

const buy = (description: string, headers: Record<string, string> = {}) =>
  send("POST", "/v1/transactions", { account_id, amount, description, occurred_at: "2026-11-20" }, headers)

/** The events of the live stream as they come. */
const watch = async (stop: AbortSignal, hear: (event: string) => void) => {
  const response = await fetch(`${tracker.url}/v1/live`, { headers: { authorization: `Bearer ${token}` }, signal: stop })
  const decoder = new TextDecoder()
  let rest = ""
  for await (const chunk of response.body!) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n")
    rest = parts.pop()!
    parts.forEach(hear)
  }
}

const linesOf = (said: string): ReadonlyArray<Record<string, unknown>> =>
  said.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Record<string, unknown>] : []))

beforeAll(async () => {
  collector = await Collector.start()
  tracker = await Tracker.start({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "50", LOG_LEVEL: "debug" },
    keeps: 10_000_000
  })
  token = (await send("POST", "/v1/auth/register", { email, password })).body.access_token
  account_id = (await send("POST", "/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })).body
    .id
}, 120_000)

afterAll(async () => {
  await tracker?.stop()
  await collector?.stop()
}, 60_000)

/** Ids are drawn, and among so many digits any amount is found sooner or later. */
const withoutIds = (text: string): string =>
  text.toLowerCase().replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}/g, "id")

describe("A request can be followed", { timeout: 60_000 }, () => {
  it("as one trace, from the purchase that is posted through log, relay and programs to the event on the dashboard", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
    const stop = new AbortController()
    const heard: Array<string> = []
    const watching = watch(stop.signal, (event) => heard.push(event)).catch(() => undefined)
    await until(() => heard.find((event) => event.startsWith("event: snapshot")), "a snapshot")
    const bought = await buy(shop, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` })
    assert.strictEqual(bought.status, 201)
    await until(() => heard.find((event) => event.startsWith("event: transaction\n")), "the purchase on the dashboard")
    stop.abort()
    await watching
    const named = (name: string) =>
      until(() => collector.spans.find((span) => span.traceId === traceId && span.name === name), `a span ${name} of the trace`)
    const request = await named("POST /v1/transactions")
    assert.strictEqual(request.parentSpanId, "00f067aa0ba902b7")
    assert.deepInclude(request.attributes, { "http.request.method": "POST", "http.route": "/v1/transactions" })
    assert.equal(request.attributes["http.response.status_code"], 201)
    assert.strictEqual(request.service, "finance-tracker 0.1.0")
    for (const name of ["send ledger.events", "process projections", "process budgets", "send changes"]) await named(name)
    const [{ traceparent }] = await ask(
      tracker.databaseUrl,
      (sql) => sql<{ traceparent: string }>`
        SELECT metadata->>'traceparent' AS traceparent FROM events WHERE stream_id = ${bought.body.id} ORDER BY position LIMIT 1`
    ).then((rows) => rows as [{ traceparent: string }])
    assert.isTrue(traceparent.startsWith(`00-${traceId}-`), traceparent)
  })

  it("and a trace tells neither what was bought, for how much, nor by whom", () => {
    assert.isAbove(collector.spans.length, 10)
    for (const secret of [shop, "4321.09", email, token]) assert.notInclude(collector.received, secret)
    assert.notInclude(withoutIds(collector.received), "432109")
  })

  it("and what runs by itself begins no trace", () => {
    const beginnings = collector.spans.filter(({ parentSpanId }) => parentSpanId === undefined)
    assert.isTrue(beginnings.every(({ name }) => /^(GET|POST) |^(process|send) |^import$/.test(name)))
  })

  it("by the id it came with: in the answer, the log, its events, and the events that programs append in reaction", async () => {
    await send("POST", "/v1/budgets", { category: "shopping", budget_amount: 100 })
    const correlation_id = "paa-sporet-0001"
    const bought = await send(
      "POST",
      "/v1/transactions",
      { account_id, amount, description: shop, occurred_at: new Date().toISOString().slice(0, 10), category: "shopping" },
      { "x-request-id": correlation_id }
    )
    assert.strictEqual(bought.headers.get("x-request-id"), correlation_id)
    const reaction = await until(
      async () =>
        (
          await ask(
            tracker.databaseUrl,
            (sql) => sql<{ correlation_id: string; causation_id: string | null; cause: string | null }>`
              SELECT e.metadata->>'correlation_id' AS correlation_id, e.metadata->>'causation_id' AS causation_id, c.type AS cause
              FROM events e LEFT JOIN events c ON c.event_id = (e.metadata->>'causation_id')::uuid
              WHERE e.type = 'BudgetExceeded' ORDER BY e.position DESC LIMIT 1`
          )
        )[0],
      "an alert"
    )
    assert.strictEqual(reaction.correlation_id, correlation_id)
    const events = await ask(
      tracker.databaseUrl,
      (sql) => sql<{ id: string }>`SELECT metadata->>'correlation_id' AS id FROM events WHERE stream_id = ${bought.body.id}`
    )
    assert.isAbove(events.length, 0)
    assert.isTrue(events.every(({ id }) => id === correlation_id))
    const line = linesOf(tracker.said).find((line) => line["correlation_id"] === correlation_id)
    assert.deepInclude(line, { level: "DEBUG", method: "POST", route: "/v1/transactions", status: 201 })
  })

  it("by the id of the request that began an import, in each of its rows and in what is said of them", async () => {
    const file =
      "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;\n01.11.2026;KIWI 505 OSLO;;;10,00;;\n02.11.2026;RUTER APP;;;42,00;;\n"
    const response = await fetch(`${tracker.url}/v1/accounts/${account_id}/imports?filename=a.csv`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/octet-stream",
        "x-request-id": "kontoutskrift-1"
      },
      body: file
    })
    const { import_id } = (await response.json()) as { import_id: string }
    await until(
      async () => ((await send("GET", `/v1/imports/${import_id}`)).body.status === "completed" ? true : undefined),
      "the import"
    )
    const events = await ask(
      tracker.databaseUrl,
      (sql) => sql<{ type: string; count: bigint; opinions: bigint }>`
        SELECT e.type, count(*), count(c.event_id) AS opinions FROM events e
        LEFT JOIN events c ON c.event_id = (e.metadata->>'causation_id')::uuid AND c.stream_id = e.stream_id
        WHERE e.metadata->>'correlation_id' = 'kontoutskrift-1' GROUP BY e.type`
    )
    const counted = new Map(events.map(({ type, count, opinions }) => [type, [Number(count), Number(opinions)]]))
    assert.deepStrictEqual(counted.get("ImportStarted"), [1, 0])
    assert.deepStrictEqual(counted.get("TransactionCreated"), [2, 0])
    assert.deepStrictEqual(counted.get("TransactionCategorized"), [2, 2])
    assert.deepStrictEqual(counted.get("ImportCompleted"), [1, 0])
  })

  it("by an id of ours where it came with none, or with one that is no id", async () => {
    for (const given of [{}, { "x-request-id": "<script>" }]) {
      const { headers } = await send("GET", "/health", undefined, given)
      assert.match(headers.get("x-request-id")!, /^[0-9a-f-]{36}$/)
    }
  })
})

describe("An event that cannot be handled", { timeout: 60_000 }, () => {
  const processor = async (name: string) =>
    (await send("GET", "/v1/processors")).body.find((one: { name: string }) => one.name === name)

  it("is set aside and told of, comes into its place when it is replayed, and is found by its request all the while", async () => {
    await ask(
      tracker.databaseUrl,
      (sql) => sql`ALTER TABLE transactions ADD CONSTRAINT no_poison CHECK (description <> ${sql.literal(`'${poison}'`)})`
    )
    const { body } = await buy(poison, { "x-request-id": "den-giftige-1" })
    const [parked] = await until(async () => {
      const page = (await send("GET", "/v1/processors/projections/parked")).body
      return page.parked.length > 0 ? page.parked : undefined
    }, "a parked event")
    assert.deepInclude(parked, { stream_id: body.id, stream_type: "transaction", type: "TransactionCreated" })
    assert.isAbove((await processor("projections")).parked, 0)
    const ready = await send("GET", "/ready")
    assert.strictEqual(ready.status, 200)
    assert.match(JSON.stringify(ready.body), /"degraded".*Set aside: projections \(\d+ events?\)/)
    const page = parse((await send("GET", "/metrics")).body)
    const waiting = page
      .get("finance_processor_parked_events")!
      .samples.filter(({ labels }) => labels["processor"] === "projections")
    assert.isAbove(
      waiting.reduce((sum, { value }) => sum + value, 0),
      0
    )
    await ask(tracker.databaseUrl, (sql) => sql`ALTER TABLE transactions DROP CONSTRAINT no_poison`)
    assert.strictEqual((await send("POST", "/v1/processors/projections/parked/replay")).status, 202)
    await until(async () => ((await processor("projections")).parked === 0 ? true : undefined), "nothing parked")
    assert.strictEqual((await send("GET", `/v1/transactions/${body.id}`)).body.description, poison)
    const lines = linesOf(tracker.said).filter((line) => line["correlation_id"] === "den-giftige-1")
    const failed = lines.filter((line) => line["level"] === "ERROR")
    assert.isAbove(failed.length, 0)
    assert.isTrue(failed.some((line) => line["processor"] === "projections"))
    assert.match(JSON.stringify(failed), /SQLSTATE 23514/)
  })

  it("leaves nothing of itself, or of anybody, in the log of all that was done here", () => {
    const { said } = tracker
    const outside = said.split("\n").filter((line) => line !== "" && !line.startsWith("{"))
    assert.isTrue(outside.every((line) => !/error/i.test(line)))
    assert.isAbove(linesOf(said).length, 20)
    for (const secret of [poison, shop, email, "kari", "nordmann", password, token, "4321.09"]) {
      assert.notInclude(said.toLowerCase(), secret.toLowerCase())
    }
    assert.notMatch(withoutIds(said), /(?<!\d)4321(?:09)?(?!\d)/)
  })
})

describe("A program", { timeout: 60_000 }, () => {
  it("that is paused stops, says so on the operator's screen as it happens, and goes on where it was", async () => {
    const stop = new AbortController()
    const heard: Array<string> = []
    const watching = watch(stop.signal, (event) => heard.push(event)).catch(() => undefined)
    const told = (state: string) =>
      until(
        () =>
          heard.find(
            (event) => event.startsWith("event: processor\n") && event.includes(`"projections","version":1,"state":"${state}"`)
          ),
        `the program ${state} on the screen`
      )
    await until(() => heard.find((event) => event.startsWith("event: snapshot")), "a snapshot")
    assert.strictEqual((await send("POST", "/v1/processors/projections/pause")).status, 202)
    assert.notInclude(await told("paused"), "\nid:")
    const { body } = await buy("KIWI")
    const waiting = await until(async () => {
      const page = parse((await send("GET", "/metrics")).body)
      const lag = page.get("finance_processor_lag_events")!.samples.filter(({ labels }) => labels["processor"] === "projections")
      const events = lag.reduce((sum, { value }) => sum + value, 0)
      return events > 0 ? events : undefined
    }, "events that wait")
    assert.isAtMost(waiting, 2)
    assert.match(JSON.stringify((await send("GET", "/ready")).body), /Paused: projections/)
    assert.strictEqual((await send("POST", "/v1/processors/projections/resume")).status, 202)
    await until(
      () => heard.find((event) => event.startsWith("event: transaction\n") && event.includes(body.id)),
      "the purchase, after all"
    )
    await until(
      () => heard.findLast((event) => event.startsWith("event: processor\n") && /"state":"(running|caught-up)"/.test(event)),
      "the program at work"
    )
    stop.abort()
    await watching
  })
})

describe("The page of metrics", { timeout: 60_000 }, () => {
  it("is one valid page of both threads, in which everything is named as Prometheus asks", async () => {
    const families = parse((await send("GET", "/metrics")).body)
    for (const { name, type, help } of families.values()) {
      assert.match(name, /^(finance|http)_[a-z_]+$/)
      assert.notStrictEqual(help, "", name)
      assert.strictEqual(name.endsWith("_total"), type === "counter", name)
      if (type === "histogram") assert.match(name, /_seconds$/)
    }
    const labels = (name: string) => families.get(name)!.samples.map(({ labels }) => Object.keys(labels).toSorted().join())
    for (const name of ["finance_processor_lag_events", "finance_processor_lag_seconds", "finance_processor_events_total"]) {
      assert.isTrue(labels(name).length > 0 && labels(name).every((keys) => keys === "partition,processor"), name)
    }
    for (const name of [
      "finance_processor_batch_duration_seconds",
      "finance_processor_restarts_total",
      "finance_processor_parked_total",
      "finance_processor_rebuild_progress_ratio",
      "finance_processor_state",
      "finance_outbox_lag_events",
      "finance_outbox_lag_seconds",
      "finance_event_store_append_duration_seconds",
      "http_requests_total",
      "http_request_duration_seconds"
    ]) {
      assert.isTrue(families.has(name), name)
    }
  })
})
