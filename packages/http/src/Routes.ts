/**
 * Routes: which paths and methods the contract knows, to tell a wrong method from an unknown path and to name requests in the metrics.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import { Api } from "./contract/Api.ts"

interface Route {
  readonly method: string
  /** As in the contract: `/v1/accounts/:id`. */
  readonly path: string
  readonly pattern: RegExp
}

const patternOf = (path: string) => new RegExp(`^${path.replace(/\/$/, "").replaceAll(/:\w+/g, "[^/]+")}/?$`)

const routes: ReadonlyArray<Route> = (() => {
  const found: Array<Route> = [{ method: "GET", path: "/v1/live", pattern: /^\/v1\/live$/ }]
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint: { method, path } }) => {
      found.push({ method, path: path.replace(/\/$/, ""), pattern: patternOf(path) })
    }
  })
  return found
})()

/** The methods of the path; none when no path is like it. */
export const methodsOf = (pathname: string): ReadonlyArray<string> =>
  routes.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method)

const unprefixed: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics", "/openapi.json", "/docs"])

/** The route of a request by the name that it has in the metrics; made-up paths make no new names. */
export const nameOf = (method: string, pathname: string): string => {
  if (unprefixed.has(pathname)) return pathname
  if (!pathname.startsWith("/v1/")) return pathname.startsWith("/assets/") ? "/assets/*" : "/*"
  const route = routes.find((route) => route.method === method && route.pattern.test(pathname))
  return route?.path ?? "/v1/*"
}
