import { assert, describe, it } from "vitest"
import { withFamilies } from "./MetricFamilies.ts"

const requests = "# HELP requests_total Requests\n# TYPE requests_total counter\nrequests_total 3\n"
const events = '# HELP events_total Events\n# TYPE events_total counter\nevents_total{of="a"} 1\nevents_total{of="b"} 2\n'

describe("MetricFamilies", () => {
  it("tells the families of both threads", () => {
    const page = withFamilies(requests, events)
    assert.include(page, requests)
    assert.include(page, events)
  })

  it("tells a family that both have once, as the first has it", () => {
    const page = withFamilies(requests, requests.replace("3", "7") + events)
    assert.strictEqual(page.match(/^# TYPE requests_total/gm)?.length, 1)
    assert.include(page, "requests_total 3\n")
    assert.notInclude(page, "requests_total 7")
  })

  it("tells one thread's alone when the other does not answer", () => {
    assert.strictEqual(withFamilies(requests, ""), requests)
  })
})
