/**
 * PublicHttp: a request to where a person said, and nowhere else: over https, to a public address, once.
 *
 *   URL ─▶ objectionTo ─▶ name looked up ─▶ every address public? ─▶ connected to one of these ─▶ sent ─▶ status
 *          (WebAddress)    └────────── in the socket's own look-up, so that no other answer comes between ──┘
 *
 * Invariants
 *  1. What is connected to is the address that was looked at: a name that means something else a moment later (DNS rebinding) gains nothing.
 *  2. No redirect is followed.
 *  3. It takes `within` at most, and nothing of the answer is read but its head.
 *  4. Hosts that the operator trusts are excepted from https and from public addresses, and from nothing else.
 */
import { lookup as systemLookup, type LookupAddress } from "node:dns"
import * as Http from "node:http"
import * as Https from "node:https"
import type { LookupFunction } from "node:net"
import * as Effect from "effect/Effect"
import { isPublic, isTrusted, objectionTo, type TrustedHosts } from "@finance/core/notifications/WebAddress"
import { gone, type Outcome, refused, sent, uncertain } from "./Outcome.ts"

/** All the addresses of a name. */
export type Lookup = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: ReadonlyArray<LookupAddress>) => void
) => void

export interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export type Reply =
  | { readonly _tag: "Answered"; readonly status: number; readonly afterMillis?: number }
  /** Not a byte of the request left this machine. */
  | { readonly _tag: "NotSent"; readonly detail: string; readonly mayPass: boolean }
  /** Some of it did, or all, and there was no answer. */
  | { readonly _tag: "Broken"; readonly detail: string }

export interface PublicHttp {
  readonly post: (request: Request) => Effect.Effect<Reply>
}

const everyAddress: Lookup = (hostname, answer) => systemLookup(hostname, { all: true }, answer)

class NotPublic extends Error {}

const guarded =
  (lookup: Lookup, allows: (address: string) => boolean): LookupFunction =>
  (hostname, options, answer) =>
    lookup(hostname, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) {
        return answer(error ?? new Error(`${hostname} has no address`), [])
      }
      if (!addresses.every(({ address }) => allows(address))) {
        return answer(new NotPublic(`${hostname} is not on the public Internet`), [])
      }
      if (options.all === true) answer(null, [...addresses])
      else answer(null, first.address, first.family)
    })

/** Seconds, or a date (RFC 9110, 10.2.3), as milliseconds from now; a day at most. */
const afterMillis = (header: string | undefined): number | undefined => {
  if (header === undefined) return undefined
  const millis = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(millis) && millis > 0 ? Math.min(millis, 86_400_000) : undefined
}

export const make = ({
  trusted,
  lookup = everyAddress,
  within = 15_000
}: {
  readonly trusted: TrustedHosts
  readonly lookup?: Lookup
  /** Milliseconds. */
  readonly within?: number
}): PublicHttp => ({
  post: ({ url: text, headers, body }) =>
    Effect.callback<Reply>((resume) => {
      const objection = objectionTo(text, trusted)
      if (objection !== null) return resume(Effect.succeed({ _tag: "NotSent", detail: objection, mayPass: false }))
      const url = new URL(text)
      const allows = isTrusted(url, trusted) ? () => true : isPublic
      let isOut = false
      const tell = (reply: Reply) => {
        clearTimeout(timer)
        resume(Effect.succeed(reply))
        request.destroy()
      }
      const request = (url.protocol === "https:" ? Https : Http).request(url, {
        method: "POST",
        headers: { "user-agent": "finance-tracker", ...headers, "content-length": Buffer.byteLength(body) },
        agent: false,
        lookup: guarded(lookup, allows)
      })
      const timer = setTimeout(() => request.destroy(new Error("nothing was heard in time")), within)
      request.on("socket", (socket) => {
        socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
          isOut = true
        })
      })
      request.on("response", ({ statusCode, headers }) => {
        const after = afterMillis(headers["retry-after"])
        tell({ _tag: "Answered", status: statusCode!, ...(after !== undefined && { afterMillis: after }) })
      })
      request.on("error", (error) => {
        const detail = error.message
        tell(isOut ? { _tag: "Broken", detail } : { _tag: "NotSent", detail, mayPass: !(error instanceof NotPublic) })
      })
      request.end(body)
      return Effect.sync(() => {
        clearTimeout(timer)
        request.destroy()
      })
    })
})

/** What the reply says of a message; a status other than 2xx says what it does for the protocol. */
export const outcomeOf = (reply: Reply, meaningOf: (status: number) => "later" | "never" | "gone"): Outcome => {
  switch (reply._tag) {
    case "NotSent":
      return refused(reply.detail, reply.mayPass)
    case "Broken":
      return uncertain(reply.detail)
    case "Answered": {
      const { status, afterMillis } = reply
      if (status >= 200 && status < 300) return sent
      const detail = `it answered ${status}`
      const meaning = meaningOf(status)
      return meaning === "gone" ? gone(detail) : refused(detail, meaning === "later", afterMillis)
    }
  }
}
