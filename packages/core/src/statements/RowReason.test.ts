import { assert, describe, it } from "@effect/vitest"
import { languages } from "../ledger/Explanation.ts"
import { rowReasonText } from "./RowReason.ts"

describe("RowReason", () => {
  it("tells a person in their own language what is wrong with a row", () => {
    const reason = { code: "wrong-currency", params: { file: "EUR", account: "NOK" } } as const
    assert.strictEqual(rowReasonText(reason, "nb"), "Raden er i EUR, men kontoen er i NOK.")
    assert.strictEqual(rowReasonText(reason, "nn"), "Rada er i EUR, men kontoen er i NOK.")
    assert.strictEqual(rowReasonText(reason, "en"), "The row is in EUR, but the account is in NOK.")
  })

  it("leaves no hole in a sentence when the row's own text looks like one", () => {
    for (const language of languages) {
      assert.include(rowReasonText({ code: "invalid-amount", params: { text: "{text} $& $1" } }, language), "{text} $& $1")
    }
  })
})
