import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { burst } from "./Attempts.ts"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

const cookieOf = (answer: TestApp.Answer): string =>
  answer.headers.getSetCookie().find((cookie) => /^(__Host-)?session=/.test(cookie)) ?? ""

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

layer(TestApp.layer, { excludeTestServices: true })("Identity", (it) => {
  it.effect(
    "the first person runs the house, the next ones do not",
    told(async (app) => {
      const first = await app.register()
      const second = await app.register()
      assert.deepStrictEqual((await first.get("/v1/auth/me")).body.roles, ["operator"])
      assert.deepStrictEqual((await second.get("/v1/auth/me")).body.roles, [])
      assert.strictEqual((await first.get("/v1/processors")).status, 200)
      assert.strictEqual((await second.get("/v1/processors")).status, 403)
    })
  )

  it.effect(
    "signing in takes the address however it is written, and nothing but the password",
    told(async (app) => {
      await app.register("Kari.Nordmann@Example.no")
      const login = (email: string, password: string) => app.send("/v1/auth/login", { method: "POST", body: { email, password } })
      const ok = await login(" kari.nordmann@EXAMPLE.no ", TestApp.password)
      assert.strictEqual(ok.status, 200, ok.text)
      assert.hasAllKeys(ok.body, ["user_id", "access_token", "refresh_token", "expires_at"])
      const wrong = await login("kari.nordmann@example.no", `${TestApp.password} `)
      const nobody = await login("nobody@example.no", TestApp.password)
      assert.strictEqual(wrong.status, 401)
      assert.strictEqual(nobody.status, 401)
      assert.deepStrictEqual(wrong.body, nobody.body)
      assert.include(wrong.headers.get("www-authenticate"), "Bearer")
    })
  )

  it.effect(
    "an address has one account",
    told(async (app) => {
      await app.register("ola@example.no")
      const again = await app.send("/v1/auth/register", {
        method: "POST",
        body: { email: "OLA@example.no", password: TestApp.password }
      })
      assert.strictEqual(again.status, 409)
      assert.strictEqual(again.body.code, "email-taken")
    })
  )

  it.effect(
    "a password is 8 to 256 characters of any kind",
    told(async (app) => {
      const register = (password: string) =>
        app.send("/v1/auth/register", { method: "POST", body: { email: `${crypto.randomUUID()}@example.no`, password } })
      assert.strictEqual((await register("1234567")).status, 422)
      assert.strictEqual((await register("å".repeat(257))).status, 422)
      assert.strictEqual((await register("        ")).status, 201)
      assert.strictEqual((await register("å".repeat(256))).status, 201)
    })
  )

  it.effect(
    "a refresh token is good once, and using it twice ends all that came of that sign-in",
    told(async (app) => {
      const kari = await app.register()
      const refresh = (refresh_token: string) => app.send("/v1/auth/refresh", { method: "POST", body: { refresh_token } })
      const second = await refresh(kari.refresh_token)
      assert.strictEqual(second.status, 200)
      assert.strictEqual((await app.send("/v1/auth/me", { headers: bearer(second.body.access_token) })).status, 200)
      assert.strictEqual((await refresh(kari.refresh_token)).status, 401)
      assert.strictEqual((await refresh(second.body.refresh_token)).status, 401)
    })
  )

  it.effect(
    "of two who refresh with one token at once, one succeeds",
    told(async (app) => {
      const kari = await app.register()
      const answers = await Promise.all(
        Array.from({ length: 6 }, () =>
          app.send("/v1/auth/refresh", { method: "POST", body: { refresh_token: kari.refresh_token } })
        )
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 401, 401, 401, 401, 401])
    })
  )

  it.effect(
    "logging out ends the refresh tokens of that sign-in, and no other's",
    told(async (app) => {
      const kari = await app.register("logout@example.no")
      const other = await app.send("/v1/auth/login", {
        method: "POST",
        body: { email: "logout@example.no", password: TestApp.password }
      })
      assert.strictEqual((await kari.post("/v1/auth/logout")).status, 204)
      const refresh = (refresh_token: string) => app.send("/v1/auth/refresh", { method: "POST", body: { refresh_token } })
      assert.strictEqual((await refresh(kari.refresh_token)).status, 401)
      assert.strictEqual((await refresh(other.body.refresh_token)).status, 200)
    })
  )

  it.effect(
    "a browser signs in by a cookie that scripts cannot read and other sites cannot use",
    told(async (app) => {
      const signedIn = await app.send("/v1/auth/register", {
        method: "POST",
        body: { email: "browser@example.no", password: TestApp.password }
      })
      const set = cookieOf(signedIn)
      assert.match(set, /; HttpOnly/i)
      assert.match(set, /; SameSite=Lax/i)
      const cookie = set.split(";")[0]!
      assert.strictEqual((await app.send("/v1/auth/me", { headers: { cookie } })).status, 200)
      const open = (headers: Record<string, string>) =>
        app.send("/v1/accounts/manual", {
          method: "POST",
          headers: { cookie, ...headers },
          body: { bank_name: "DNB", account_type: "checking", currency: "NOK" }
        })
      assert.strictEqual((await open({})).status, 403)
      assert.strictEqual((await open({ "sec-fetch-site": "cross-site" })).status, 403)
      assert.strictEqual((await open({ "sec-fetch-site": "same-site" })).status, 403)
      assert.strictEqual((await open({ origin: "https://evil.example", host: "localhost" })).status, 403)
      assert.strictEqual((await open({ origin: "null" })).status, 403)
      assert.strictEqual((await open({ "sec-fetch-site": "same-origin" })).status, 201)
      assert.strictEqual((await open({ origin: "http://localhost", host: "localhost" })).status, 201)
      const out = await app.send("/v1/auth/logout", { method: "POST", headers: { cookie, "sec-fetch-site": "same-origin" } })
      assert.strictEqual(out.status, 204)
      assert.match(cookieOf(out), /Max-Age=0/i)
      assert.strictEqual((await app.send("/v1/auth/me", { headers: { cookie } })).status, 401)
    })
  )

  it.effect(
    "guessing a password is slow, and does not lock anybody else out",
    told(async (app) => {
      await app.register("target@example.no")
      const guess = () =>
        app.send("/v1/auth/login", { method: "POST", body: { email: "target@example.no", password: "a wrong password" } })
      const answers: Array<TestApp.Answer> = []
      for (let attempt = 0; attempt < burst + 2; attempt++) answers.push(await guess())
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [...Array.from({ length: burst }, () => 401), 429, 429]
      )
      assert.isAbove(answers.at(-1)!.body.retry_after, 0)
      await app.register("other@example.no")
      const other = await app.send("/v1/auth/login", {
        method: "POST",
        body: { email: "other@example.no", password: TestApp.password }
      })
      assert.strictEqual(other.status, 200)
    })
  )

  it.effect(
    "a token of another installation, an altered one and none at all are all turned away",
    told(async (app) => {
      const kari = await app.register()
      const [header, payload, signature] = kari.access_token.split(".") as [string, string, string]
      const forged = Buffer.from(JSON.stringify({ ...JSON.parse(atob(payload)), roles: ["operator"] })).toString("base64url")
      const none = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url")
      for (const token of [`${header}.${forged}.${signature}`, `${none}.${payload}.`, `${kari.access_token}x`, "x", ""]) {
        assert.strictEqual((await app.send("/v1/accounts", { headers: bearer(token) })).status, 401, token)
      }
      assert.strictEqual((await app.send("/v1/accounts")).status, 401)
    })
  )
})
