import { assert, describe, it } from "vitest"
import { parse } from "../../vitest/PrometheusText.ts"
import { withFamilies } from "./MetricFamilies.ts"

const requests = "# HELP requests_total Requests\n# TYPE requests_total counter\nrequests_total 3\n"
const events = '# HELP events_total Events\n# TYPE events_total counter\nevents_total{of="a"} 1\nevents_total{of="b"} 2\n'
const seconds = (fast: number, all: number) =>
  `# TYPE seconds histogram\nseconds_bucket{le="0.1"} ${fast}\nseconds_bucket{le="+Inf"} ${all}\nseconds_sum ${all}\nseconds_count ${all}\n`

const valueOf = (page: string, sample: string) =>
  page
    .split("\n")
    .find((line) => line.startsWith(`${sample} `))
    ?.slice(sample.length + 1)

describe("MetricFamilies", () => {
  it("tells the families of both threads", () => {
    const page = withFamilies(requests, events)
    assert.include(page, requests)
    assert.include(page, events)
    assert.strictEqual(parse(page).size, 2)
  })

  it("adds up what both threads count, and tells it once", () => {
    const page = withFamilies(requests + seconds(2, 5), requests.replace("3", "7") + seconds(1, 1))
    parse(page)
    assert.strictEqual(valueOf(page, "requests_total"), "10")
    assert.strictEqual(valueOf(page, 'seconds_bucket{le="0.1"}'), "3")
    assert.strictEqual(valueOf(page, "seconds_count"), "6")
  })

  it("tells a state that both know of as the first sees it, and what only the other knows beside it", () => {
    const lag = (labels: string, value: number) => `# TYPE lag gauge\nlag{${labels}} ${value}\n`
    const page = withFamilies(lag('of="a"', 3), `${lag('of="a"', 9)}lag{of="b"} 4\n`)
    parse(page)
    assert.strictEqual(valueOf(page, 'lag{of="a"}'), "3")
    assert.strictEqual(valueOf(page, 'lag{of="b"}'), "4")
  })

  it("tells one thread's alone when the other does not answer", () => {
    assert.strictEqual(withFamilies(requests, ""), requests)
  })
})
