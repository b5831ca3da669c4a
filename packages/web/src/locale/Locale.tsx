/**
 * Locale: the sentences and the formats of the language in use. A dictionary is fetched when its language is first chosen; until
 * the first has come nothing is shown, so `t()` always has every sentence.
 */
import { createContext, createEffect, createSignal, Show, useContext, type ParentProps } from "solid-js"
import { formatDay, formatInstant, type DayStyle } from "../calendar/Calendar.ts"
import { formatAmount, formatPercent, toMinor, type AmountStyle, type Locale as LocaleTag } from "../money/Amount.ts"
import { usePreferences } from "../preferences/Preferences.tsx"
import type { Dictionary } from "./nb.ts"

const load = async (locale: LocaleTag): Promise<Dictionary> =>
  locale === "nb-NO" ? (await import("./nb.ts")).nb : (await import("./en.ts")).en

const make = () => {
  const { preferences } = usePreferences()
  // the language of what is on the screen: changes together with its sentences, once they have come
  const [current, set] = createSignal<{ readonly locale: LocaleTag; readonly dictionary: Dictionary }>()
  createEffect(() => {
    const { locale } = preferences()
    void load(locale).then((dictionary) => {
      if (preferences().locale === locale) set({ locale, dictionary })
    })
  })
  const locale = () => current()?.locale ?? preferences().locale
  return {
    ready: () => current() !== undefined,
    locale,
    t: () => current()!.dictionary,
    /** An amount in minor units. */
    money: (minor: bigint, currency: string, style?: AmountStyle) => formatAmount(minor, currency, locale(), style),
    /** An amount as the API gives it. */
    amount: (amount: number, currency: string, style?: AmountStyle) =>
      formatAmount(toMinor(amount, currency), currency, locale(), style),
    percent: (percent: number) => formatPercent(percent, locale()),
    day: (day: string, style?: DayStyle) => formatDay(day, locale(), style),
    instant: (instant: string) => formatInstant(instant, locale()),
    count: (count: number) => new Intl.NumberFormat(locale()).format(count)
  }
}

const Context = createContext<ReturnType<typeof make>>()

export const LocaleProvider = (props: ParentProps) => {
  const value = make()
  return (
    <Context.Provider value={value}>
      <Show when={value.ready()}>{props.children}</Show>
    </Context.Provider>
  )
}

export const useLocale = () => useContext(Context)!
