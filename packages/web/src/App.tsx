/** App: what is around every screen, and which screen an address shows. Each screen is its own file, fetched when first visited. */
import { Navigate, Route, Router } from "@solidjs/router"
import { lazy, Match, Show, Switch, type Component, type ParentProps } from "solid-js"
import { ProblemNotice } from "./controls/ProblemNotice.tsx"
import { ToastProvider } from "./controls/Toasts.tsx"
import { LiveProvider } from "./live/Live.tsx"
import { LocaleProvider } from "./locale/Locale.tsx"
import { PreferencesProvider } from "./preferences/Preferences.tsx"
import { SessionProvider, useSession } from "./session/Session.tsx"
import { Shell } from "./shell/Shell.tsx"

const SignIn = lazy(() => import("./sign-in/SignIn.tsx"))

const screens: ReadonlyArray<{ readonly path: string; readonly component: Component }> = [
  { path: "/", component: lazy(() => import("./overview/Overview.tsx")) },
  { path: "/transactions", component: lazy(() => import("./transactions/Transactions.tsx")) },
  { path: "/budgets", component: lazy(() => import("./budgets/Budgets.tsx")) },
  { path: "/import", component: lazy(() => import("./import/Import.tsx")) },
  { path: "/accounts", component: lazy(() => import("./accounts/Accounts.tsx")) },
  { path: "/processors", component: lazy(() => import("./processors/Processors.tsx")) },
  { path: "/settings", component: lazy(() => import("./settings/Settings.tsx")) },
  { path: "/demo", component: lazy(() => import("./sign-in/Demo.tsx")) }
]

const Gate = (props: ParentProps) => {
  const session = useSession()
  return (
    <Switch>
      <Match when={session.state().kind === "nobody"}>
        <SignIn />
      </Match>
      <Match when={session.person()}>
        <LiveProvider>
          <ToastProvider>
            <Shell>{props.children}</Shell>
          </ToastProvider>
        </LiveProvider>
      </Match>
      <Match when={session.state().kind === "unreachable"}>
        <main class="mx-auto max-w-lg p-6">
          <Show when={session.state()}>
            {(state) => {
              const current = state()
              return (
                <ProblemNotice
                  problem={current.kind === "unreachable" ? current.problem : undefined}
                  retry={() => void session.load()}
                />
              )
            }}
          </Show>
        </main>
      </Match>
    </Switch>
  )
}

export const App = () => (
  <PreferencesProvider>
    <LocaleProvider>
      <SessionProvider>
        <Router root={Gate}>
          {screens.map(({ path, component }) => (
            <Route path={path} component={component} />
          ))}
          <Route path="*" component={() => <Navigate href="/" />} />
        </Router>
      </SessionProvider>
    </LocaleProvider>
  </PreferencesProvider>
)
