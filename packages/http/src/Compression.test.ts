import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { compressed, encodingFor } from "./Compression.ts"

const ask = (acceptEncoding?: string, method = "GET") =>
  new Request("http://localhost/", { method, headers: acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding } })

const answer = (body: string, type = "application/json") => new Response(body, { headers: { "content-type": type } })

const long = JSON.stringify({ text: "penger ".repeat(500) })

describe("Compression", () => {
  it("takes the first that the client can read, and heeds what it refuses", () => {
    assert.strictEqual(encodingFor("gzip, deflate, br", ["br", "gzip"]), "br")
    assert.strictEqual(encodingFor("gzip, deflate, br", ["gzip", "br"]), "gzip")
    assert.strictEqual(encodingFor("gzip;q=1.0, br;q=0", ["br", "gzip"]), "gzip")
    assert.strictEqual(encodingFor("br;q=0.000, identity", ["br", "gzip"]), null)
    assert.strictEqual(encodingFor("GZIP", ["br", "gzip"]), "gzip")
    assert.strictEqual(encodingFor(null, ["br", "gzip"]), null)
  })

  it("sends the same text, shorter", async () => {
    const br = await compressed(ask("br"), answer(long))
    assert.strictEqual(br.headers.get("content-encoding"), "br")
    assert.strictEqual(brotliDecompressSync(new Uint8Array(await br.arrayBuffer())).toString(), long)
    const gzip = await compressed(ask("gzip"), answer(long))
    const bytes = new Uint8Array(await gzip.arrayBuffer())
    assert.strictEqual(gunzipSync(bytes).toString(), long)
    assert.isBelow(bytes.length, long.length / 10)
  })

  it("leaves short texts, streams and pictures as they are", async () => {
    assert.isNull((await compressed(ask("br"), answer(`{"a":1}`))).headers.get("content-encoding"))
    assert.isNull((await compressed(ask("br"), answer(long, "text/event-stream"))).headers.get("content-encoding"))
    assert.isNull((await compressed(ask("br"), answer(long, "image/png"))).headers.get("content-encoding"))
  })

  it("tells caches that the answer depends on what was asked for", async () => {
    assert.include((await compressed(ask(), answer(long))).headers.get("vary"), "accept-encoding")
  })
})
