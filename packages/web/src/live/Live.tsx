/**
 * Live: what the server tells as it happens, and what on the screen it makes stale.
 *
 *   EventSource ──▶ SharedWorker ──▶ every tab: handlers at once; scopes marked stale, at most once a beat
 *
 * A *scope* is a kind of thing on the screen. A query that reads it fetches again when its version rises, and keeps showing what it
 * has until the answer is there.
 *
 * Invariants
 *  1. After a reconnect everything is stale: what was asked for meanwhile was not answered.
 *  2. However fast events come, a scope is marked stale at most once a beat, and once after the last event.
 */
import { batch, createContext, createSignal, onCleanup, onMount, useContext, type ParentProps } from "solid-js"
import { createStore } from "solid-js/store"
import type { AnomalyChange, BudgetAlert, Import, TransactionChange } from "../api/Resources.ts"
import { openStream, type EventName, type FromStream, type LiveState } from "./Stream.ts"
import type { ToWorker } from "./live.worker.ts"

export const scopes = ["accounts", "transactions", "budgets", "spending", "imports", "processors", "anomalies"] as const
export type Scope = (typeof scopes)[number]

export interface LiveEvents {
  readonly transaction: TransactionChange
  readonly budget: BudgetAlert
  readonly import: Import
  readonly anomaly: AnomalyChange
}

const money: ReadonlyArray<Scope> = ["transactions", "accounts", "budgets", "spending"]

/** Which scopes an event makes stale. */
const staleBy: Readonly<Record<EventName, ReadonlyArray<Scope>>> = {
  snapshot: scopes,
  transaction: money,
  transactions: money,
  budget: ["budgets"],
  budgets: ["budgets"],
  import: ["imports"],
  account: ["accounts"],
  processor: ["processors"],
  anomaly: ["anomalies"]
}

const beat = () => (document.visibilityState === "visible" ? 200 : 1_000)

const make = () => {
  const [state, setState] = createSignal<LiveState>("connecting")
  const [versions, setVersions] = createStore<Record<Scope, number>>({
    accounts: 0,
    transactions: 0,
    budgets: 0,
    spending: 0,
    imports: 0,
    processors: 0,
    anomalies: 0
  })
  const handlers = new Set<(name: EventName, data: unknown) => void>()
  const stale = new Set<Scope>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = () => {
    timer = undefined
    const marked = [...stale]
    stale.clear()
    batch(() => marked.forEach((scope) => setVersions(scope, (version) => version + 1)))
  }
  const mark = (...marked: ReadonlyArray<Scope>) => {
    marked.forEach((scope) => stale.add(scope))
    timer ??= setTimeout(flush, beat())
  }
  const receive = (message: FromStream) => {
    if (message.kind === "state") {
      if (message.state === "live" && state() === "offline") mark(...scopes)
      setState(message.state)
      return
    }
    const data: unknown = JSON.parse(message.data)
    handlers.forEach((handle) => handle(message.name, data))
    mark(...staleBy[message.name])
  }

  const on = <Name extends keyof LiveEvents>(name: Name, handle: (data: LiveEvents[Name]) => void) => {
    const handler = (heard: EventName, data: unknown) => {
      if (heard === name) handle(data as LiveEvents[Name])
    }
    handlers.add(handler)
    onCleanup(() => handlers.delete(handler))
  }
  return { state, on, mark, version: (scope: Scope) => versions[scope], receive }
}

const shared = (receive: (message: FromStream) => void) => {
  const worker = new SharedWorker(new URL("./live.worker.ts", import.meta.url), { type: "module", name: "live" })
  // a port has one other end: there is no origin to name
  const say = (message: ToWorker) => worker.port.postMessage(message)
  worker.port.addEventListener("message", ({ data }: MessageEvent<FromStream>) => receive(data))
  worker.port.start()
  const back = (event: PageTransitionEvent) => event.persisted && say("hello")
  const leave = () => say("bye")
  addEventListener("pagehide", leave)
  addEventListener("pageshow", back)
  say("hello")
  return () => {
    removeEventListener("pagehide", leave)
    removeEventListener("pageshow", back)
    leave()
  }
}

/** Where there are no shared workers (Chrome on Android), only the tab in view holds a stream. */
const ownWhileVisible = (receive: (message: FromStream) => void) => {
  let stream: ReturnType<typeof openStream> | undefined
  const follow = () => {
    if (document.visibilityState === "visible") stream ??= openStream("/v1/live", receive)
    else {
      stream?.close()
      stream = undefined
    }
  }
  document.addEventListener("visibilitychange", follow)
  follow()
  return () => {
    document.removeEventListener("visibilitychange", follow)
    stream?.close()
  }
}

const Context = createContext<ReturnType<typeof make>>()

/** Holds the stream while it is mounted: that is, while somebody is signed in. */
export const LiveProvider = (props: ParentProps) => {
  const live = make()
  onMount(() => {
    if (typeof EventSource === "undefined") return
    onCleanup(typeof SharedWorker === "undefined" ? ownWhileVisible(live.receive) : shared(live.receive))
  })
  return <Context.Provider value={live}>{props.children}</Context.Provider>
}

export const useLive = () => useContext(Context)!
