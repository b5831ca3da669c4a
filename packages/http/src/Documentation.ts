/**
 * Documentation: the contract as OpenAPI 3.1, and as a page to read and try it on. The page comes with all it needs; its own scripts
 * and styles are inline, so its policy names them by their hashes and lets no other run.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as OpenApi from "effect/http-api/OpenApi"
import * as HttpRouter from "effect/http/HttpRouter"
import { Api } from "./contract/Api.ts"

export const openApi = JSON.stringify(OpenApi.fromApi(Api))

const hashesOf = (html: string, tag: "script" | "style") =>
  [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g"))].map(
    ([, content]) => `'sha256-${createHash("sha256").update(content!).digest("base64")}'`
  )

export interface Page {
  readonly html: string
  readonly contentSecurityPolicy: string
}

export const page: Effect.Effect<Page> = Effect.promise(async () => {
  const { handler, dispose } = HttpRouter.toWebHandler(HttpApiSwagger.layer(Api, { path: "/docs" }), { disableLogger: true })
  const html = await (await handler(new Request("http://localhost/docs"))).text()
  await dispose()
  const contentSecurityPolicy = [
    "default-src 'none'",
    `script-src ${hashesOf(html, "script").join(" ")}`,
    `style-src ${hashesOf(html, "style").join(" ")}`,
    "img-src 'self' data:",
    "font-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")
  return { html, contentSecurityPolicy }
})
