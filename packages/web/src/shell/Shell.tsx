/** Shell: the menu, the heading, and the switches that are at hand on every screen. */
import { A, useLocation } from "@solidjs/router"
import { createEffect, For, Suspense, type ParentProps } from "solid-js"
import { Icon, type IconName } from "../controls/Icon.tsx"
import { AnomalyAlarm } from "./AnomalyAlarm.tsx"
import { BudgetAlarm } from "./BudgetAlarm.tsx"
import { useLive } from "../live/Live.tsx"
import { useLocale } from "../locale/Locale.tsx"
import type { Dictionary } from "../locale/nb.ts"
import { useSession } from "../session/Session.tsx"
import { Switches } from "./Switches.tsx"

type Place = Exclude<keyof Dictionary["nav"], "label" | "more">

const places: ReadonlyArray<{ readonly href: string; readonly name: Place; readonly icon: IconName }> = [
  { href: "/", name: "overview", icon: "home" },
  { href: "/transactions", name: "transactions", icon: "list" },
  { href: "/budgets", name: "budgets", icon: "gauge" },
  { href: "/import", name: "import", icon: "upload" },
  { href: "/accounts", name: "accounts", icon: "bank" },
  { href: "/processors", name: "processors", icon: "cpu" },
  { href: "/settings", name: "settings", icon: "settings" }
]
const atThumb = new Set<Place>(["overview", "transactions", "budgets", "import", "settings"])

const LiveDot = () => {
  const { t } = useLocale()
  const live = useLive()
  return (
    <span class="flex items-center gap-2 text-[0.8125rem] text-muted" data-live={live.state()}>
      <span
        class="size-2 rounded-full"
        classList={{
          "bg-ok": live.state() === "live",
          "bg-warn animate-pulse": live.state() === "connecting",
          "bg-bad": live.state() === "offline"
        }}
      />
      {t().live[live.state()]}
    </span>
  )
}

const Sidebar = (props: { readonly places: typeof places }) => {
  const { t } = useLocale()
  return (
    <nav
      aria-label={t().nav.label}
      class="fixed inset-y-0 left-0 hidden w-52 flex-col gap-0.5 border-r border-line bg-surface p-3 lg:flex"
    >
      <p class="mb-3 flex items-center gap-2.5 px-2 py-1.5 text-base font-bold">
        <img src="/favicon.svg" alt="" class="size-5" />
        {t().app}
      </p>
      <For each={props.places}>
        {(place) => (
          <A
            href={place.href}
            end={place.href === "/"}
            class="flex items-center gap-2.5 rounded-lg px-2.5 py-1.5"
            activeClass="bg-accent-soft font-semibold text-accent"
            inactiveClass="text-muted hover:bg-inset hover:text-text"
          >
            <Icon name={place.icon} />
            {t().nav[place.name]}
          </A>
        )}
      </For>
    </nav>
  )
}

const ThumbBar = () => {
  const { t } = useLocale()
  return (
    <nav
      aria-label={t().nav.label}
      class="fixed inset-x-0 bottom-0 z-10 grid grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      <For each={places.filter((place) => atThumb.has(place.name))}>
        {(place) => (
          <A
            href={place.href}
            end={place.href === "/"}
            class="flex min-w-0 flex-col items-center gap-0.5 py-2 text-[0.6875rem]"
            activeClass="font-semibold text-accent"
            inactiveClass="text-muted"
          >
            <Icon name={place.icon} class="size-5 flex-none" />
            <span class="max-w-full truncate">{place.name === "settings" ? t().nav.more : t().nav[place.name]}</span>
          </A>
        )}
      </For>
    </nav>
  )
}

export const Shell = (props: ParentProps) => {
  const { t } = useLocale()
  const { person } = useSession()
  const location = useLocation()
  const mine = () => places.filter((place) => place.name !== "processors" || person()?.roles.includes("operator"))
  const title = () => {
    const place = places.find(({ href }) => href === location.pathname)
    return place === undefined ? t().app : t().nav[place.name]
  }
  createEffect(() => {
    document.title = `${title()} · ${t().app}`
  })
  return (
    <>
      <a href="#content" target="_self" class="button sr-only z-30 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        {t().skip}
      </a>
      <Sidebar places={mine()} />
      <div class="flex min-h-dvh flex-col pb-16 lg:pb-0 lg:pl-52">
        <header class="sticky top-0 z-10 flex h-12 items-center gap-2 border-b border-line bg-bg px-3 sm:px-4">
          <h1 class="min-w-0 flex-1 truncate text-[1.0625rem] font-semibold">{title()}</h1>
          <LiveDot />
          <Switches />
        </header>
        <main id="content" tabindex="-1" class="flex min-h-0 flex-1 flex-col p-3 outline-none sm:p-4">
          <Suspense fallback={<p class="sr-only">{t().loading}</p>}>{props.children}</Suspense>
        </main>
      </div>
      <ThumbBar />
      <BudgetAlarm />
      <AnomalyAlarm />
    </>
  )
}
