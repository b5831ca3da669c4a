import { createServer, type Server } from "node:http"
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { trustedHosts } from "@finance/core/notifications/WebAddress"
import * as PublicHttp from "./PublicHttp.ts"

const listening = <A extends Server | TcpServer>(server: A) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () => Effect.sync(() => void server.close())
  )

/** A name service that says what it is told to, and counts how often it is asked. */
const names = (answers: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>) => {
  const asked = new Map<string, number>()
  const lookup: PublicHttp.Lookup = (hostname, answer) => {
    const times = asked.get(hostname) ?? 0
    asked.set(hostname, times + 1)
    const addresses = answers[hostname]?.[times] ?? answers[hostname]?.at(-1)
    if (addresses === undefined) return answer(Object.assign(new Error(`ENOTFOUND ${hostname}`), { code: "ENOTFOUND" }), [])
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    )
  }
  return { lookup, asked: (hostname: string) => asked.get(hostname) ?? 0 }
}

const request = (url: string): PublicHttp.Request => ({ url, headers: {}, body: "{}" })

describe("a request to where a person said", () => {
  it.live("is refused where a name leads to an address that is not public, or also to one", () =>
    Effect.gen(function* () {
      const { lookup } = names({
        "inside.example.com": [["10.0.0.5"]],
        "loop.example.com": [["127.0.0.1"]],
        "meta.example.com": [["169.254.169.254"]],
        "six.example.com": [["fd00::1"]],
        "mapped.example.com": [["::ffff:192.168.0.1"]],
        "nat.example.com": [["64:ff9b::a00:1"]],
        "both.example.com": [["93.184.216.34", "192.168.0.10"]],
        "carrier.example.com": [["100.64.1.1"]]
      })
      const http = PublicHttp.make({ trusted: trustedHosts(""), lookup })
      for (const name of ["inside", "loop", "meta", "six", "mapped", "nat", "both", "carrier"]) {
        const reply = yield* http.post(request(`https://${name}.example.com/hook`))
        assert.deepStrictEqual(reply, {
          _tag: "NotSent",
          detail: `${name}.example.com is not on the public Internet`,
          mayPass: false
        })
      }
      const unknown = yield* http.post(request("https://nowhere.example.com/hook"))
      assert.deepInclude(unknown, { _tag: "NotSent", mayPass: true })
    })
  )

  it.live("1. goes to the address that was looked at: the name is asked once, and a second answer would come too late", () =>
    Effect.gen(function* () {
      let calls = 0
      const port = yield* listening(createServer((_, response) => void (calls++, response.end())))
      const { lookup, asked } = names({
        "hook.lan": [["127.0.0.1"], ["203.0.113.1"]],
        "rebind.example.com": [["10.0.0.1"], ["93.184.216.34"]]
      })
      const http = PublicHttp.make({ trusted: trustedHosts("hook.lan"), lookup })
      assert.deepStrictEqual(yield* http.post(request(`http://hook.lan:${port}/`)), { _tag: "Answered", status: 200 })
      assert.strictEqual(asked("hook.lan"), 1)
      assert.strictEqual(calls, 1)
      assert.deepInclude(yield* http.post(request("https://rebind.example.com/")), { _tag: "NotSent", mayPass: false })
      assert.strictEqual(asked("rebind.example.com"), 1)
    }).pipe(Effect.scoped)
  )

  it.live("2. follows nobody who sends it elsewhere", () =>
    Effect.gen(function* () {
      let inner = 0
      const target = yield* listening(createServer((_, response) => void (inner++, response.end("secret"))))
      const server = createServer((_, response) => {
        response.writeHead(307, { location: `http://127.0.0.1:${target}/admin` })
        response.end()
      })
      const port = yield* listening(server)
      const http = PublicHttp.make({ trusted: trustedHosts(`127.0.0.1:${port}`) })
      assert.deepStrictEqual(yield* http.post(request(`http://127.0.0.1:${port}/`)), { _tag: "Answered", status: 307 })
      assert.strictEqual(inner, 0)
    }).pipe(Effect.scoped)
  )

  it.live("3. waits for nobody who says nothing, and reads nothing of an answer without an end", () =>
    Effect.gen(function* () {
      const silent = yield* listening(createTcpServer((socket) => void socket.on("error", () => undefined)))
      const http = PublicHttp.make({ trusted: trustedHosts("127.0.0.1"), within: 200 })
      assert.deepStrictEqual(yield* http.post(request(`http://127.0.0.1:${silent}/`)), {
        _tag: "Broken",
        detail: "nothing was heard in time"
      })
      let written = 0
      const endless = createServer((_, response) => {
        const more = (): void => {
          written += 65_536
          if (!response.destroyed && response.write(Buffer.alloc(65_536))) setImmediate(more)
        }
        response.on("drain", more).on("error", () => undefined)
        more()
      })
      const port = yield* listening(endless)
      assert.deepStrictEqual(yield* http.post(request(`http://127.0.0.1:${port}/`)), { _tag: "Answered", status: 200 })
      assert.isBelow(written, 50_000_000)
    }).pipe(Effect.scoped)
  )

  it.live(
    "says whether anything may have arrived: not where nobody listens, nor where no TLS is spoken; perhaps where they hang up",
    () =>
      Effect.gen(function* () {
        const closed = yield* Effect.scoped(listening(createTcpServer()))
        const plain = yield* listening(createTcpServer((socket) => void socket.on("error", () => undefined).end("hello\r\n")))
        const rude = yield* listening(
          createTcpServer((socket) => void socket.on("error", () => undefined).once("data", () => socket.destroy()))
        )
        const http = PublicHttp.make({ trusted: trustedHosts("127.0.0.1") })
        assert.deepInclude(yield* http.post(request(`http://127.0.0.1:${closed}/`)), { _tag: "NotSent", mayPass: true })
        assert.deepInclude(yield* http.post(request(`https://127.0.0.1:${plain}/`)), { _tag: "NotSent", mayPass: true })
        assert.deepInclude(yield* http.post(request(`http://127.0.0.1:${rude}/`)), { _tag: "Broken" })
      }).pipe(Effect.scoped)
  )

  it.live("heeds when it may come again, up to a day", () =>
    Effect.gen(function* () {
      const after = ["120", "999999999", new Date(Date.now() + 60_000).toUTCString(), "soon", "-1"]
      const server = createServer((_, response) => {
        response.writeHead(503, { "retry-after": after.shift()! })
        response.end()
      })
      const port = yield* listening(server)
      const http = PublicHttp.make({ trusted: trustedHosts("127.0.0.1") })
      const replies = yield* Effect.forEach([1, 2, 3, 4, 5], () => http.post(request(`http://127.0.0.1:${port}/`)))
      const waits = replies.map((reply) => (reply._tag === "Answered" ? reply.afterMillis : null))
      assert.strictEqual(waits[0], 120_000)
      assert.strictEqual(waits[1], 86_400_000)
      assert.isAtMost(waits[2]!, 60_000)
      assert.isAtLeast(waits[2]!, 30_000)
      assert.deepStrictEqual(waits.slice(3), [undefined, undefined])
    }).pipe(Effect.scoped)
  )
})
