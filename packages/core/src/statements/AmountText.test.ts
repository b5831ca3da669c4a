import { assert, describe, it } from "@effect/vitest"
import { markShownBy, readAmount } from "./AmountText.ts"

const øre = (text: string, mark: "," | "." | null = null) => {
  const amount = readAmount(text, mark, "NOK")
  return typeof amount === "bigint" ? amount : amount.code
}

describe("AmountText", () => {
  it("reads kroner and øre however the bank writes them", () => {
    const written: ReadonlyArray<readonly [text: string, units: bigint]> = [
      ["-348,56", -34856n],
      ["142.8", 14280n],
      ["5000", 500000n],
      ["3.590,91", 359091n],
      ["3,590.91", 359091n],
      ["270 039,54", 27003954n],
      ["270\u00a0039,54", 27003954n],
      ["270\u202f039,54", 27003954n],
      ["1'234.50", 123450n],
      ["1’234.50", 123450n],
      ["1.234.567", 123456700n],
      ["1,234,567", 123456700n],
      ["\u221212,00", -1200n],
      ["–12,00", -1200n],
      ["12,00-", -1200n],
      ["- 12,00", -1200n],
      ["+5", 500n],
      ["99,00 kr", 9900n],
      ["99,00 kr.", 9900n],
      ["270 039,54 NOK", 27003954n],
      ["NOK 100.00", 10000n],
      ["-kr 12,50", -1250n],
      [",50", 50n],
      ["0,5", 50n],
      ["1234,500", 123450n],
      ["0.500", 50n],
      ["0", 0n]
    ]
    for (const [text, units] of written) assert.strictEqual(øre(text), units, text)
  })

  it("reads 1,234 as the rest of the column shows, and takes no guess where nothing shows", () => {
    assert.strictEqual(øre("1.500", ","), 150000n)
    assert.strictEqual(øre("-112.000", "."), -11200n)
    assert.strictEqual(øre("1,500", "."), 150000n)
    assert.strictEqual(øre("1.500"), "invalid-amount")
    assert.strictEqual(øre("1,234", ","), "invalid-amount", "no øre has a tenth")
  })

  it("takes no amount with letters, two signs, odd groups or more than the bank could mean", () => {
    const texts = [
      "",
      "abc",
      "12a",
      "O,50",
      "1e5",
      "0x10",
      "--5",
      "-5-",
      "1 23,00",
      "12 3456",
      "1.2.3",
      "1,2,3",
      "5,",
      "348,-",
      "NaN"
    ]
    for (const text of [...texts, "∞", "½", "١٢", "12,345.678,9", "NOK", "kr", "9".repeat(40), "1,005", "(5)", "5 %"]) {
      assert.strictEqual(øre(text), "invalid-amount", text)
    }
  })

  it("says so when the amount is in another currency than the account", () => {
    assert.deepStrictEqual(readAmount("12,00 EUR", ",", "NOK"), {
      code: "wrong-currency",
      params: { file: "EUR", account: "NOK" }
    })
    assert.deepStrictEqual(readAmount("12,00 kr", ",", "EUR"), { code: "invalid-amount", params: { text: "12,00 kr" } })
    assert.strictEqual(readAmount("12,00 EUR", ",", "EUR"), 1200n)
  })

  it("follows the currency's own decimals", () => {
    assert.strictEqual(readAmount("1200", null, "JPY"), 1200n)
    assert.strictEqual(readAmount("1,234", ",", "KWD"), 1234n)
    assert.deepStrictEqual(readAmount("12.5", null, "JPY"), { code: "invalid-amount", params: { text: "12.5" } })
  })

  it("knows which amounts show a decimal mark and which show nothing", () => {
    const shown = ["-348,56", "142.8", "3.590,91", "1.234.567", "1 234", "1,234", "5000", "0,500", "abc"].map(markShownBy)
    assert.deepStrictEqual(shown, [",", ".", ",", ",", null, null, null, ",", null])
  })
})
