/**
 * Wording: what is said of a notice, in the person's language, in full or discreetly. Discreet words name no amount, no shop, no category:
 * a locked screen and a list of mails are read over shoulders.
 */
import { type Explanation, type Language, textOf } from "../ledger/Explanation.ts"
import { toDecimal } from "../money/Money.ts"
import { categoryNames } from "./CategoryNames.ts"
import type { AnomalyNotice, BudgetNotice, ImportNotice, Notice } from "./Notice.ts"

export interface Words {
  readonly title: string
  readonly text: string
}

type Spoken<A> = Readonly<Record<Language, A>>

const locales: Spoken<string> = { nb: "nb-NO", nn: "nn-NO", en: "en-GB" }

const formats = new Map<string, Intl.NumberFormat>()

/** An amount as people of the language write it; whole kroner without decimals. */
export const amountText = (amount: bigint, currency: string, language: Language): string => {
  const name = `${language}/${currency}`
  let format = formats.get(name)
  if (format === undefined) {
    format = new Intl.NumberFormat(locales[language], { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" })
    formats.set(name, format)
  }
  return format.format(toDecimal(amount, currency) as Intl.StringNumericLiteral)
}

const monthName = (period: string, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { month: "long", timeZone: "UTC" }).format(new Date(`${period.slice(0, 7)}-15`))

const budgetWords = (notice: BudgetNotice, language: Language): Words => {
  const category = categoryNames[notice.category][language]
  const spent = amountText(notice.current_spent, notice.currency, language)
  const budget = amountText(notice.available_amount, notice.currency, language)
  const month = monthName(notice.period, language)
  const percent = notice.threshold_percentage
  const words: Spoken<Words> = {
    nb: {
      title: percent >= 100 ? `Budsjettet er brukt opp: ${category}` : `${percent} % av budsjettet er brukt: ${category}`,
      text: `Du har brukt ${spent} av ${budget} i ${month}.`
    },
    nn: {
      title: percent >= 100 ? `Budsjettet er brukt opp: ${category}` : `${percent} % av budsjettet er brukt: ${category}`,
      text: `Du har brukt ${spent} av ${budget} i ${month}.`
    },
    en: {
      title: percent >= 100 ? `The budget is used up: ${category}` : `${percent}% of the budget is used: ${category}`,
      text: `You have spent ${spent} of ${budget} in ${month}.`
    }
  }
  return words[language]
}

const anomalyTitles: Readonly<Record<string, Spoken<string>>> = {
  unusual_amount: { nb: "Uvanlig beløp", nn: "Uvanleg beløp", en: "An unusual amount" },
  unusual_merchant: { nb: "Et nytt sted, et stort beløp", nn: "Ein ny stad, eit stort beløp", en: "A new place, a large amount" },
  duplicate: { nb: "Trukket to ganger?", nn: "Trekt to gonger?", en: "Charged twice?" },
  price_change: { nb: "Ny pris på en fast betaling", nn: "Ny pris på ei fast betaling", en: "A regular payment has a new price" }
}

const somethingUnusual: Spoken<string> = { nb: "Noe uvanlig", nn: "Noko uvanleg", en: "Something unusual" }

const anomalyWords = ({ anomaly_type, explanation }: AnomalyNotice, language: Language): Words => ({
  title: (anomalyTitles[anomaly_type] ?? somethingUnusual)[language],
  text: sentenceOf(explanation, language)
})

/** An explanation that only a newer release has words for says no more than the title does. */
const sentenceOf = (explanation: Explanation, language: Language): string => {
  const text = textOf(explanation, language)
  return text === explanation.code ? "" : text
}

const importWords = ({ rows_new, rows_rejected }: ImportNotice, language: Language): Words => {
  const words: Spoken<Words> = {
    nb: {
      title: rows_rejected === 1 ? "Én rad ble ikke med i importen" : `${rows_rejected} rader ble ikke med i importen`,
      text: `${rows_new} nye transaksjoner ble lagt inn. Se hvorfor resten ikke kunne leses.`
    },
    nn: {
      title: rows_rejected === 1 ? "Éi rad vart ikkje med i importen" : `${rows_rejected} rader vart ikkje med i importen`,
      text: `${rows_new} nye transaksjonar vart lagde inn. Sjå kvifor resten ikkje kunne lesast.`
    },
    en: {
      title: rows_rejected === 1 ? "One row was left out of the import" : `${rows_rejected} rows were left out of the import`,
      text: `${rows_new} new transactions were added. See why the rest could not be read.`
    }
  }
  return words[language]
}

/** All there is to say. */
export const wordsOf = (notice: Notice, language: Language): Words => {
  switch (notice.kind) {
    case "budget":
      return budgetWords(notice, language)
    case "anomaly":
      return anomalyWords(notice, language)
    case "import":
      return importWords(notice, language)
  }
}

const discreetTitles: Readonly<Record<Notice["kind"], Spoken<string>>> = {
  budget: { nb: "Et budsjett har nådd en grense", nn: "Eit budsjett har nådd ei grense", en: "A budget has reached a threshold" },
  anomaly: { nb: "Noe uvanlig på en konto", nn: "Noko uvanleg på ein konto", en: "Something unusual on an account" },
  import: { nb: "En import er ferdig", nn: "Ein import er ferdig", en: "An import is done" }
}

const seeThere: Spoken<string> = {
  nb: "Åpne økonomien din for å se hva.",
  nn: "Opne økonomien din for å sjå kva.",
  en: "Open your finances to see what."
}

export const discreetWordsOf = (notice: Notice, language: Language): Words => ({
  title: discreetTitles[notice.kind][language],
  text: seeThere[language]
})

const digestTitles: Spoken<(count: number) => string> = {
  nb: (count) => `${count} nye varsler`,
  nn: (count) => `${count} nye varsel`,
  en: (count) => `${count} new notices`
}

const andMore: Spoken<(count: number) => string> = {
  nb: (count) => `… og ${count} til.`,
  nn: (count) => `… og ${count} til.`,
  en: (count) => `… and ${count} more.`
}

const listed = 10

/** Many at once. */
export const digestOf = (notices: ReadonlyArray<Notice>, language: Language): Words => {
  const lines = notices.slice(0, listed).map((notice) => {
    const { title, text } = wordsOf(notice, language)
    return text === "" ? title : `${title}. ${text}`
  })
  const rest = notices.length - lines.length
  return {
    title: digestTitles[language](notices.length),
    text: [...lines, ...(rest > 0 ? [andMore[language](rest)] : [])].join("\n")
  }
}

export const discreetDigestOf = (notices: ReadonlyArray<Notice>, language: Language): Words => ({
  title: digestTitles[language](notices.length),
  text: seeThere[language]
})

/** What a channel is tried with. */
export const testWords: Spoken<Words> = {
  nb: { title: "Varslene kommer frem", text: "Dette er en prøve. Du får varsler hit fra nå av." },
  nn: { title: "Varsla kjem fram", text: "Dette er ei prøve. Du får varsel hit frå no av." },
  en: { title: "Notices arrive here", text: "This is a test. You will get notices here from now on." }
}
