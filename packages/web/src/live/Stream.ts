/**
 * Stream: server-sent events that never give up. The browser itself reconnects, with `Last-Event-ID`, when a connection drops; when
 * the server answered with an error it does not, so a new stream is opened after a pause.
 */
export const eventNames = [
  "snapshot",
  "transaction",
  "transactions",
  "budget",
  "budgets",
  "import",
  "account",
  "processor",
  "anomaly"
] as const
export type EventName = (typeof eventNames)[number]

export type LiveState = "connecting" | "live" | "offline"

export type FromStream =
  | { readonly kind: "state"; readonly state: LiveState }
  | { readonly kind: "event"; readonly name: EventName; readonly data: string }

const pause = 3_000

export const openStream = (url: string, tell: (message: FromStream) => void): { readonly close: () => void } => {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    source = new EventSource(url)
    source.addEventListener("open", () => tell({ kind: "state", state: "live" }))
    source.addEventListener("error", () => {
      tell({ kind: "state", state: "offline" })
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, pause)
    })
    for (const name of eventNames) {
      source.addEventListener(name, (event) => tell({ kind: "event", name, data: (event as MessageEvent<string>).data }))
    }
  }
  open()
  return {
    close: () => {
      clearTimeout(timer)
      source.close()
    }
  }
}
