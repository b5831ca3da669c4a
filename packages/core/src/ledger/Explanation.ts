/**
 * Explanation: why something is as it is, as a code with parameters, so that it can be told in any language and never goes stale in one.
 */
import * as Schema from "effect/Schema"
import { sentences as ofAnomalies } from "../anomalies/Sentences.ts"
import { sentences as ofTransfers } from "../transfers/Sentences.ts"

export const Explanation = Schema.Struct({
  code: Schema.String,
  params: Schema.Record(Schema.String, Schema.String)
})
export type Explanation = typeof Explanation.Type

export const languages = ["nb", "nn", "en"] as const
export type Language = (typeof languages)[number]

/** The language to answer in: the first of `Accept-Language` that is spoken here, Norwegian bokmål failing that. */
export const languageOf = (acceptLanguage: string | null | undefined): Language => {
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";")
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((q) => q !== undefined)
      return { tag: tag.split("-")[0]!, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  for (const { tag } of wanted) {
    if (tag === "no") return "nb"
    const language = languages.find((language) => language === tag)
    if (language !== undefined) return language
  }
  return "nb"
}

type Sentence = Readonly<Record<Language, string>>

/**
 * Every sentence the system can say about why. `{name}` is replaced by the parameter of that name, `{name:number}` by it as a decimal and
 * `{name:money}` as an amount in the parameter `currency`, both as the language writes them.
 */
const sentences: Readonly<Record<string, Sentence>> = {
  ...ofAnomalies,
  ...ofTransfers,
  "category.correction": {
    nb: "Du har tidligere satt {merchant} til denne kategorien.",
    nn: "Du har tidlegare sett {merchant} til denne kategorien.",
    en: "You filed {merchant} here before."
  },
  "category.personal-rule": {
    nb: "Regelen din «{rule}» passer.",
    nn: "Regelen din «{rule}» passar.",
    en: "Your rule “{rule}” matches."
  },
  "category.merchant-rule": {
    nb: "«{matched}» i bankteksten er {merchant}.",
    nn: "«{matched}» i bankteksten er {merchant}.",
    en: "“{matched}” in the bank's text is {merchant}."
  },
  "category.salary": {
    nb: "Penger inn med «{matched}» i bankteksten er lønn.",
    nn: "Pengar inn med «{matched}» i bankteksten er løn.",
    en: "Money in with “{matched}” in the bank's text is salary."
  },
  "category.posting": {
    nb: "«{matched}» i bankteksten er bankens eget ord for dette.",
    nn: "«{matched}» i bankteksten er banken sitt eige ord for dette.",
    en: "“{matched}” in the text is the bank's own word for this."
  },
  "category.user": { nb: "Du har valgt kategorien.", nn: "Du har valt kategorien.", en: "You chose the category." },
  "category.unknown": {
    nb: "Ingenting vi kjenner igjen i bankteksten. Velg en kategori, så husker vi den.",
    nn: "Ingenting vi kjenner att i bankteksten. Vel ein kategori, så hugsar vi han.",
    en: "Nothing in the bank's text is known. Choose a category and it will be remembered."
  },
  "category.pending": {
    nb: "Ikke vurdert ennå.",
    nn: "Ikkje vurdert enno.",
    en: "Not looked at yet."
  }
}

const written = (text: string, language: Language, options?: Intl.NumberFormatOptions): string =>
  // Exact for a decimal of any length: as a text it never becomes a float (ECMA-402, Intl.NumberFormat v3).
  /^-?\d+(\.\d+)?$/.test(text) ? new Intl.NumberFormat(language, options).format(text as Intl.StringNumericLiteral) : text

/** The explanation as a sentence. An unknown code, which an older event may hold, is told by its code. */
export const textOf = ({ code, params }: Explanation, language: Language): string => {
  const sentence = Object.hasOwn(sentences, code) ? sentences[code]?.[language] : undefined
  if (sentence === undefined) return code
  return sentence.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name: string, kind: string | undefined) => {
    const text = params[name] ?? ""
    if (kind === "number") return written(text, language)
    const { currency = "" } = params
    return kind === "money" && /^[A-Z]{3}$/.test(currency) ? written(text, language, { style: "currency", currency }) : text
  })
}
