/** Settings: language, theme, privacy, and the way out. */
import { A } from "@solidjs/router"
import { createUniqueId, For, Show, type JSX } from "solid-js"
import { Icon, type IconName } from "../controls/Icon.tsx"
import { useToasts } from "../controls/Toasts.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { usePreferences, type Theme } from "../preferences/Preferences.tsx"
import { useSession } from "../session/Session.tsx"

interface Choice<A extends string> {
  readonly value: A
  readonly name: string
}

const Choices = <A extends string>(props: {
  readonly legend: string
  readonly chosen: A
  readonly choices: ReadonlyArray<Choice<A>>
  readonly choose: (value: A) => void
}): JSX.Element => {
  const group = createUniqueId()
  return (
    <fieldset>
      <legend class="label">{props.legend}</legend>
      <div class="flex flex-wrap gap-2">
        <For each={props.choices}>
          {({ value, name }) => (
            <label class="button has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
              <input
                type="radio"
                class="sr-only"
                name={group}
                checked={props.chosen === value}
                onChange={() => props.choose(value)}
              />
              {name}
            </label>
          )}
        </For>
      </div>
    </fieldset>
  )
}

const places: ReadonlyArray<{ readonly href: string; readonly name: "accounts" | "processors"; readonly icon: IconName }> = [
  { href: "/accounts", name: "accounts", icon: "bank" },
  { href: "/processors", name: "processors", icon: "cpu" }
]

const Settings = () => {
  const { t } = useLocale()
  const { preferences, change } = usePreferences()
  const session = useSession()
  const toasts = useToasts()
  const operator = () => session.person()?.roles.includes("operator") === true
  return (
    <div class="mx-auto grid w-full max-w-2xl gap-3">
      <section class="card lg:hidden">
        <h2 class="card-title mb-1">{t().settings.more}</h2>
        <ul>
          <For each={places.filter(({ name }) => name !== "processors" || operator())}>
            {(place) => (
              <li class="border-b border-line last:border-0">
                <A href={place.href} class="flex items-center gap-3 py-2.5">
                  <span class="text-muted">
                    <Icon name={place.icon} />
                  </span>
                  <span class="flex-1">{t().nav[place.name]}</span>
                  <Icon name="right" class="size-4 text-muted" />
                </A>
              </li>
            )}
          </For>
        </ul>
      </section>
      <section class="card space-y-4">
        <h2 class="card-title">{t().settings.appearance}</h2>
        <Choices
          legend={t().settings.language}
          chosen={preferences().locale}
          choices={[
            { value: "nb-NO", name: "Norsk bokmål" },
            { value: "en-NO", name: "English" }
          ]}
          choose={(locale) => change({ locale })}
        />
        <Choices<Theme>
          legend={t().settings.theme}
          chosen={preferences().theme}
          choices={[
            { value: "light", name: t().settings.light },
            { value: "dark", name: t().settings.dark },
            { value: "system", name: t().settings.system }
          ]}
          choose={(theme) => change({ theme })}
        />
        <label class="flex items-center gap-3">
          <input
            type="checkbox"
            class="check"
            checked={preferences().hideAmounts}
            onChange={(event) => change({ hideAmounts: event.currentTarget.checked })}
          />
          <span>
            <span class="font-medium">{t().settings.privacy}</span>
            <span class="block text-[0.8125rem] text-muted">{t().settings.privacyHint}</span>
          </span>
        </label>
      </section>
      <section class="card flex flex-wrap items-center gap-3">
        <div class="min-w-0 flex-1">
          <h2 class="text-[0.8125rem] text-muted">{t().settings.account}</h2>
          <p class="truncate font-medium">{session.person()?.email}</p>
          <Show when={operator()}>
            <p class="text-[0.8125rem] text-muted">{t().settings.operator}</p>
          </Show>
        </div>
        <button type="button" class="button" onClick={() => void toasts.attempt(() => session.signOut())}>
          {t().settings.signOut}
        </button>
      </section>
      <p class="text-center text-[0.8125rem] text-muted">{t().settings.version}</p>
    </div>
  )
}

export default Settings
