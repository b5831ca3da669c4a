/**
 * Api: one typed call to the REST API. Every failure, a lost connection included, comes as a `Problem` (RFC 9457), so that a screen
 * has one thing to show. The session is an HttpOnly cookie; no token ever reaches this code.
 */

/** What went wrong, as the server told it. `status` is 0 when no server answered. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  /** What exactly, where the type of the problem is wider than that. */
  readonly code?: string
  readonly errors?: ReadonlyArray<{ readonly path: string; readonly message: string }>
}

export class Problem extends Error {
  readonly document: ProblemDocument

  constructor(document: ProblemDocument) {
    super(document.detail ?? document.title)
    this.document = document
  }
}

export const unreachable = "about:unreachable"

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The answer of `/v1` + path. Undefined where the server answers without a body. */
export const request = async <A>(path: string, call: Call = {}): Promise<A> => {
  const headers: Record<string, string> = { accept: "application/json", "accept-language": document.documentElement.lang }
  const raw = call.body instanceof Blob
  if (call.body !== undefined) headers["content-type"] = raw ? "application/octet-stream" : "application/json"
  if (call.method === "POST" && !path.startsWith("/auth/")) headers["idempotency-key"] = newKey()
  const init: RequestInit = {
    method: call.method ?? "GET",
    headers,
    body: call.body === undefined ? null : raw ? (call.body as Blob) : JSON.stringify(call.body),
    signal: call.signal ?? null
  }
  const response = await answered(`/v1${path}`, init)
  const text = await response.text()
  if (!response.ok) throw new Problem(problemOf(response, text))
  return (text === "" ? undefined : JSON.parse(text)) as A
}

/** A call whose answer was lost is asked once more: reading is harmless, and the idempotency key keeps a POST from happening twice. */
const answered = async (url: string, init: RequestInit): Promise<Response> => {
  const lost = (error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error
    return undefined
  }
  const first = await fetch(url, init).catch(lost)
  const response = first ?? (await fetch(url, init).catch(lost))
  if (response !== undefined) return response
  throw new Problem({ type: unreachable, title: "The server does not answer", status: 0 })
}

const problemOf = (response: Response, text: string): ProblemDocument => {
  try {
    const body = JSON.parse(text) as ProblemDocument
    if (typeof body.title === "string") return { ...body, status: response.status }
  } catch {
    // a proxy's own error page
  }
  return { type: "about:blank", title: response.statusText || `HTTP ${response.status}`, status: response.status }
}

/** A key no other call has. `crypto.randomUUID` is missing where the page is served over plain http to another machine. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** `?a=1&b=2` of those that are set; nothing when none is. */
export const queryOf = (parameters: Readonly<Record<string, string | number | boolean | undefined>>): string => {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "" && value !== false)
  return set.length === 0 ? "" : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`
}
