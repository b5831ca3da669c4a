/**
 * Preferences: what a person chose for this browser: language, theme, and whether amounts are blurred. `boot.js` reads the same
 * storage before the first paint.
 */
import { createContext, createEffect, createSignal, onCleanup, useContext, type ParentProps } from "solid-js"
import type { Locale } from "../money/Amount.ts"

export type Theme = "light" | "dark" | "system"

export interface Preferences {
  readonly locale: Locale
  readonly theme: Theme
  readonly hideAmounts: boolean
}

const key = "prefs"

const stored = (): Partial<Preferences> => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Preferences>
  } catch {
    return {}
  }
}

const make = () => {
  const root = document.documentElement
  const system = matchMedia("(prefers-color-scheme: dark)")
  const [preferences, set] = createSignal<Preferences>({
    theme: "system",
    hideAmounts: false,
    locale: root.lang === "nb-NO" ? "nb-NO" : "en-NO",
    ...stored()
  })
  const [systemDark, setSystemDark] = createSignal(system.matches)
  const follow = () => setSystemDark(system.matches)
  system.addEventListener("change", follow)
  onCleanup(() => system.removeEventListener("change", follow))

  const dark = () => (preferences().theme === "system" ? systemDark() : preferences().theme === "dark")
  createEffect(() => {
    root.dataset["theme"] = dark() ? "dark" : "light"
    root.lang = preferences().locale
    root.toggleAttribute("data-private", preferences().hideAmounts)
  })
  const change = (changed: Partial<Preferences>) => {
    set({ ...preferences(), ...changed })
    try {
      localStorage.setItem(key, JSON.stringify(preferences()))
    } catch {
      // storage may be forbidden; the choice then lasts as long as the page
    }
  }
  return { preferences, dark, change }
}

const Context = createContext<ReturnType<typeof make>>()

export const PreferencesProvider = (props: ParentProps) => <Context.Provider value={make()}>{props.children}</Context.Provider>

export const usePreferences = () => useContext(Context)!
