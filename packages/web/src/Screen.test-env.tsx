/** Screen: a screen as the application shows it, against a small server in memory. */
import { createMemoryHistory, MemoryRouter, Route } from "@solidjs/router"
import { render } from "@solidjs/testing-library"
import type { Component } from "solid-js"
import { ToastProvider } from "./controls/Toasts.tsx"
import { LiveProvider } from "./live/Live.tsx"
import { LocaleProvider } from "./locale/Locale.tsx"
import { PreferencesProvider } from "./preferences/Preferences.tsx"
import { SessionProvider } from "./session/Session.tsx"

export type Answer = { readonly status?: number; readonly body: unknown }
export type Server = (method: string, url: URL, body: unknown) => Answer | undefined

export const showScreen = (screen: Component, server: Server) => {
  document.documentElement.lang = "nb-NO"
  globalThis.fetch = async (input, init) => {
    const url = new URL(String(input), "http://localhost")
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined
    const missing: Answer = { status: 404, body: { type: "/problems/not-found", title: "There is no such thing", status: 404 } }
    const answer = server(init?.method ?? "GET", url, body) ?? missing
    return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 })
  }
  const history = createMemoryHistory()
  return render(() => (
    <PreferencesProvider>
      <LocaleProvider>
        <SessionProvider>
          <MemoryRouter
            history={history}
            root={(props) => (
              <LiveProvider>
                <ToastProvider>{props.children}</ToastProvider>
              </LiveProvider>
            )}
          >
            <Route path="/" component={screen} />
          </MemoryRouter>
        </SessionProvider>
      </LocaleProvider>
    </PreferencesProvider>
  ))
}
