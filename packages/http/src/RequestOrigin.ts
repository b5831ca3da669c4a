/**
 * RequestOrigin: where a request comes from, as the connection tells it and not the request.
 */
import * as Context from "effect/Context"

export interface Origin {
  readonly request_id: string
  /** The peer's address. */
  readonly ip: string
  /** Whether it came over TLS, here or at the proxy in front. */
  readonly secure: boolean
}

export const RequestOrigin = Context.Reference<Origin>("finance/http/RequestOrigin", {
  defaultValue: () => ({ request_id: "none", ip: "unknown", secure: false })
})
