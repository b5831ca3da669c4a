/**
 * Session: who is signed in, as the HttpOnly cookie and `/v1/auth/me` say. Signing out in one tab signs out every tab of the browser,
 * which also closes the event stream they share.
 */
import { createContext, createSignal, onCleanup, onMount, useContext, type ParentProps } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { Person } from "../api/Resources.ts"

export interface Credentials {
  readonly email: string
  readonly password: string
  readonly name?: string
}

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "nobody" }
  | { readonly kind: "unreachable"; readonly problem: ProblemDocument }
  | { readonly kind: "person"; readonly person: Person }

const make = () => {
  const [state, set] = createSignal<State>({ kind: "asking" })
  /** The last answers, by path, of the person who is signed in. */
  const cache = new Map<string, unknown>()
  const others = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("session")

  // a channel stays within its origin: there is none to name
  const tellOthers = () => others?.postMessage("changed")
  const lost = () => {
    cache.clear()
    set({ kind: "nobody" })
  }
  const load = async () => {
    try {
      set({ kind: "person", person: await request<Person>("/auth/me") })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.document.status === 401) lost()
      else set({ kind: "unreachable", problem: error.document })
    }
  }
  const enter = async (path: "/auth/login" | "/auth/register", credentials: Credentials) => {
    await request(path, { method: "POST", body: credentials })
    tellOthers()
  }
  const signOut = async () => {
    await request("/auth/logout", { method: "POST" })
    tellOthers()
    lost()
  }

  onMount(() => {
    void load()
    others?.addEventListener("message", () => {
      lost()
      void load()
    })
  })
  onCleanup(() => others?.close())
  return {
    state,
    person: () => {
      const current = state()
      return current.kind === "person" ? current.person : undefined
    },
    cache,
    load,
    lost,
    register: (credentials: Credentials) => enter("/auth/register", credentials),
    logIn: (credentials: Credentials) => enter("/auth/login", credentials),
    signOut
  }
}

const Context = createContext<ReturnType<typeof make>>()

export const SessionProvider = (props: ParentProps) => <Context.Provider value={make()}>{props.children}</Context.Provider>

export const useSession = () => useContext(Context)!
