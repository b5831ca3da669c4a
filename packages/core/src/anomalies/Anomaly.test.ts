import { assert, describe, it } from "@effect/vitest"
import { scenarioOf } from "../ledger/Scenario.ts"
import { type AnomalyDetected, type AnomalyEvent, decider } from "./Anomaly.ts"

const { given } = scenarioOf(decider)

const of = { anomaly_id: "a1", transaction_id: "t1", anomaly_type: "duplicate" } as const
const found = {
  ...of,
  anomaly_score: 0.9,
  explanation: { code: "anomaly.duplicate", params: { merchant: "Peppes Pizza", amount: "689.00", currency: "NOK", times: "2" } },
  evidence: ["t0"],
  late: false
}
const detected: AnomalyDetected = { type: "AnomalyDetected", ...found }
const dismissed: AnomalyEvent = { type: "AnomalyDismissed", ...of }
const withdrawn: AnomalyEvent = { type: "AnomalyWithdrawn", ...of, reason: "deleted" }
const dismiss = { command: "Dismiss" } as const

describe("an anomaly", () => {
  it("is dismissed once, and is not dismissed again", () => {
    given(detected).when(dismiss).then(dismissed)
    given(detected, dismissed).when(dismiss).thenNothing()
  })

  it("stays dismissed, whatever is found or withdrawn afterwards", () => {
    assert.strictEqual(given(detected, dismissed, detected).state?.status, "dismissed")
    assert.strictEqual(given(detected, dismissed, withdrawn).state?.status, "dismissed")
  })

  it("is open anew when it holds again after it did not", () => {
    assert.strictEqual(given(detected, withdrawn).state?.status, "withdrawn")
    given(detected, withdrawn, detected).when(dismiss).then(dismissed)
  })

  it("cannot be dismissed where there is none, nor once it was withdrawn", () => {
    given().when(dismiss).thenRefused("not-found")
    given(detected, withdrawn).when(dismiss).thenRefused("withdrawn")
  })
})
