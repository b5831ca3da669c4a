/**
 * SessionCookie: how a browser says who it is. Over TLS its name begins with `__Host-`, so that no other host or path can set it;
 * browsers refuse that name over plain http, where it goes without (RFC 6265bis, 4.1.3.2).
 */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { lifetimeSeconds } from "@finance/core/identity/Sessions"
import { RequestOrigin } from "./RequestOrigin.ts"

const nameOf = (secure: boolean) => (secure ? "__Host-session" : "session")

const options = (secure: boolean) => ({ httpOnly: true, sameSite: "lax" as const, path: "/", secure })

/** The session's token, or null. */
export const read = (cookies: Readonly<Record<string, string>>, secure: boolean): string | null => cookies[nameOf(secure)] ?? null

const setting = (token: string, maxAge: number) =>
  Effect.flatMap(RequestOrigin, ({ secure }) =>
    HttpEffect.appendPreResponseHandler((_request, response) =>
      Effect.orDie(
        HttpServerResponse.setCookie(response, nameOf(secure), token, { ...options(secure), maxAge: `${maxAge} seconds` })
      )
    )
  )

export const set = (token: string) => setting(token, lifetimeSeconds)
export const clear = setting("", 0)

/**
 * Whether a request that changes something and carries the cookie was sent by our own pages: by what the browser says of its origin,
 * which no page can forge (OWASP Cross-Site Request Forgery Prevention, Fetch Metadata).
 */
export const isOwnPage = (request: HttpServerRequest.HttpServerRequest): boolean => {
  if (request.method === "GET" || request.method === "HEAD") return true
  const { "sec-fetch-site": site, origin, host } = request.headers
  if (site !== undefined) return site === "same-origin" || site === "none"
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
