import { assert, describe, it } from "@effect/vitest"
// oxlint-disable no-restricted-imports -- this test reads sources, the domain does not
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
// oxlint-enable no-restricted-imports
import { languageOf, languages, textOf } from "./Explanation.ts"

const packages = fileURLToPath(new URL("../../../", import.meta.url))

/** Every code that the code of this repository gives as a reason for a category. */
const givenCodes = () => {
  const sources = globSync("*/src/**/*.ts", { cwd: packages, exclude: (name) => name.endsWith(".test.ts") })
  const codes = sources.flatMap((file) =>
    [...readFileSync(`${packages}${file}`, "utf8").matchAll(/code: "(category\.[a-z-]+)"/g)].map(([, code]) => code!)
  )
  return [...new Set(codes)]
}

describe("Explanation", () => {
  it("answers in the first language a person asks for that is spoken here", () => {
    const answers = {
      "nn-NO,nn;q=0.9,nb;q=0.8": "nn",
      "no,en;q=0.5": "nb",
      "en-GB": "en",
      EN: "en",
      "sv,da;q=0.9,en;q=0.1,nb;q=0.05": "en",
      "nb;q=0.2,en;q=0.8": "en",
      "en;q=0,nn;q=0.1": "nn",
      "en ; q=0.3 , nn": "nn"
    } as const
    for (const [header, language] of Object.entries(answers)) assert.strictEqual(languageOf(header), language, header)
  })

  it("answers in bokmål when nobody asks, or for nothing that is spoken here", () => {
    for (const header of [null, undefined, "", "*", "fr,de;q=0.5", "en;q=0", ";;;,,,", "q=1"]) {
      assert.strictEqual(languageOf(header), "nb", String(header))
    }
  })

  it("can tell every reason that is ever given for a category, in bokmål, nynorsk and English", () => {
    const codes = givenCodes()
    assert.includeMembers(codes, ["category.correction", "category.merchant-rule", "category.salary", "category.unknown"])
    for (const code of codes) {
      for (const language of languages) {
        const text = textOf({ code, params: { merchant: "KIWI", matched: "KIWI", rule: "KIWI" } }, language)
        assert.notStrictEqual(text, code, `${code} in ${language}`)
        assert.notMatch(text, /[{}]/, `${code} in ${language}`)
      }
    }
  })

  it("puts the merchant into the sentence as the merchant spells it, whatever is in the name", () => {
    const reason = (merchant: string) => ({ code: "category.merchant-rule", params: { matched: "REMA", merchant } })
    assert.strictEqual(textOf(reason("REMA 1000"), "en"), "“REMA” in the bank's text is REMA 1000.")
    assert.include(textOf(reason("$& {matched} $1"), "nb"), "$& {matched} $1")
  })

  it("tells a reason of an older or newer release by its code, and a missing word as nothing", () => {
    assert.strictEqual(textOf({ code: "category.of-tomorrow", params: {} }, "nb"), "category.of-tomorrow")
    assert.strictEqual(textOf({ code: "toString", params: {} }, "nb"), "toString")
    assert.notInclude(textOf({ code: "category.merchant-rule", params: {} }, "nb"), "undefined")
  })
})
