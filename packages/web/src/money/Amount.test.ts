import { assert, describe, it } from "vitest"
import { formatAmount, formatPercent, parseAmount, toMinor, toNumber } from "./Amount.ts"

const plain = (text: string) => text.replaceAll("\u00a0", " ")

/** A seeded stream of amounts from nothing to fifteen digits, so that a failure can be had again. */
const amounts = function* (count: number) {
  let seed = 20261122n
  for (let index = 0; index < count; index++) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
    const digits = Number(seed >> 60n) % 15
    const size = (seed >> 3n) % 10n ** BigInt(digits + 1)
    yield seed % 2n === 0n ? size : -size
  }
}

describe("an amount on the screen", () => {
  it("is written the Norwegian way, with a real minus sign and spaces that do not break", () => {
    const written = formatAmount(-123_450n, "NOK", "nb-NO")
    assert.strictEqual(plain(written), "−1 234,50 kr")
    assert.notInclude(written, " ")
  })

  it("is written alike in English, so that nobody takes 1,234 for a thousand in one language and for one in the other", () => {
    assert.strictEqual(plain(formatAmount(-123_450n, "NOK", "en-NO")), "−1 234,50 kr")
  })

  it("shows a plus for money in where that is asked for, and none for nothing", () => {
    assert.strictEqual(plain(formatAmount(5_779_785n, "NOK", "nb-NO", "signed")), "+57 797,85 kr")
    assert.strictEqual(plain(formatAmount(0n, "NOK", "nb-NO", "signed")), "0,00 kr")
  })

  it("keeps every øre of an amount that a double would round", () => {
    assert.strictEqual(plain(formatAmount(1_234_567_890_123_456_789n, "NOK", "nb-NO")), "12 345 678 901 234 567,89 kr")
  })

  it("knows that yen have no decimals and dinars three", () => {
    assert.strictEqual(toMinor(1234, "JPY"), 1234n)
    assert.strictEqual(toMinor(1.234, "KWD"), 1234n)
  })

  it("comes back from the API's number as the same øre, whatever it is", () => {
    for (const amount of amounts(5_000)) assert.strictEqual(toMinor(toNumber(amount, "NOK"), "NOK"), amount)
  })

  it("is not rounded up to a budget that is not used up", () => {
    assert.strictEqual(plain(formatPercent(99.9, "nb-NO")), "99 %")
  })
})

describe("an amount that a person types", () => {
  it.each([
    ["1 234,50", 123_450n],
    ["1.234,50", 123_450n],
    ["1,234.50", 123_450n],
    ["1234.5", 123_450n],
    ["1234,5", 123_450n],
    ["1.234", 123_400n],
    ["1 234 567,89 kr", 123_456_789n],
    ["1.234.567", 123_456_700n],
    ["1,234,567", 123_456_700n],
    ["kr 500,-", 50_000n],
    ["−348,56", -34_856n],
    ["–348.56", -34_856n],
    ["(500)", -50_000n],
    ["+42", 4_200n],
    ["0,05", 5n],
    ["5\u202f000", 500_000n]
  ])("%s is understood", (typed, minor) => {
    assert.strictEqual(parseAmount(typed, "NOK"), minor)
  })

  it.each([
    "",
    "abc",
    "1,234",
    "12,345",
    "1.23.4",
    "1,23,4",
    "1.234,567",
    "1,2.3,4",
    "0,125",
    "12..5",
    "-",
    "--5",
    "(-5)",
    "5-",
    "1e5",
    "1234567890123456"
  ])("%s is refused rather than guessed at", (typed) => {
    assert.isUndefined(parseAmount(typed, "NOK"))
  })

  it("is read back to the øre from every way the dashboard itself writes it", () => {
    for (const amount of amounts(2_000)) {
      for (const locale of ["nb-NO", "en-NO"] as const) {
        const written = formatAmount(amount, "NOK", locale)
        assert.strictEqual(parseAmount(written, "NOK"), amount, written)
      }
    }
  })
})
