import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { AccessTokens } from "@finance/core/identity/AccessTokens"
import { type RefreshToken, RefreshTokens } from "@finance/core/identity/RefreshTokens"
import { Sessions } from "@finance/core/identity/Sessions"
import { normalEmail, type Registration, type User, Users } from "@finance/core/identity/Users"
import { Attempts } from "../Attempts.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { Forbidden, Unauthorized } from "../contract/Problem.ts"
import { RequestOrigin } from "../RequestOrigin.ts"
import * as SessionCookie from "../SessionCookie.ts"
import * as Refusal from "./Refusal.ts"

/** Who may join after the first person: anyone where the door is on this machine only, nobody uninvited otherwise. */
export class RegistrationPolicy extends Context.Service<RegistrationPolicy, Registration>()("finance/http/RegistrationPolicy") {}

const loopback = /^(127\.|::1$|::ffff:127\.|localhost$)/

export const isLoopback = (host: string) => loopback.test(host)

export const registrationPolicy = Config.all({
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  said: Config.option(Config.Literals(["open", "invite", "closed"], "REGISTRATION"))
}).pipe(Config.map(({ host, said }): Registration => (said._tag === "Some" ? said.value : isLoopback(host) ? "open" : "invite")))

export const layer = HttpApiBuilder.group(
  Api,
  "identity",
  Effect.fn(function* (handlers) {
    const users = yield* Users
    const access = yield* AccessTokens
    const refreshes = yield* RefreshTokens
    const sessions = yield* Sessions
    const attempts = yield* Attempts
    const registration = yield* RegistrationPolicy

    const tokensOf = Effect.fnUntraced(function* (user: User, refresh: RefreshToken) {
      const { token, expires_at } = yield* access.issue({ user_id: user.id, roles: user.roles, family_id: refresh.family_id })
      return { user_id: user.id, access_token: token, refresh_token: refresh.token, expires_at: expires_at.toISOString() }
    })

    const signIn = Effect.fnUntraced(function* (user: User) {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      const session = yield* unbroken(sessions.start(user.id, headers["user-agent"]?.slice(0, 300) ?? null))
      yield* SessionCookie.set(session)
      return yield* tokensOf(user, yield* unbroken(refreshes.issue(user.id)))
    })

    return handlers.handleAll({
      register: Effect.fn("Identity.register")(function* ({ payload }) {
        const { ip } = yield* RequestOrigin
        if (!isLoopback(ip)) yield* attempts.begin("register", ip)
        const person = { email: payload.email, password: payload.password, name: payload.name?.trim() ?? null }
        const user = yield* users.register(person, registration).pipe(
          Effect.catchTags({
            EmailTaken: () => Effect.fail(Refusal.conflict("email-taken", "There is an account with this address already")),
            RegistrationClosed: () => Effect.fail(new Forbidden({ detail: "New people need an invitation here" }))
          }),
          unbroken
        )
        return yield* signIn(user)
      }),
      login: Effect.fn("Identity.login")(function* ({ payload }) {
        const { ip } = yield* RequestOrigin
        const email = normalEmail(payload.email)
        yield* attempts.begin("login", `${ip}/${email}`)
        const user = yield* unbroken(users.authenticate(email, payload.password))
        if (user === null) return yield* new Unauthorized({ detail: "The address or the password is wrong" })
        yield* attempts.forget("login", `${ip}/${email}`)
        return yield* signIn(user)
      }),
      refresh: Effect.fn("Identity.refresh")(function* ({ payload }) {
        const next = yield* unbroken(refreshes.rotate(payload.refresh_token))
        const user = next === null ? null : yield* unbroken(users.find(next.user_id))
        if (next === null || user === null) return yield* new Unauthorized({ detail: "Sign in again" })
        return yield* tokensOf(user, next)
      }),
      logout: Effect.fn("Identity.logout")(function* () {
        const { family_id } = yield* CurrentPerson
        const { secure } = yield* RequestOrigin
        const { cookies } = yield* HttpServerRequest.HttpServerRequest
        const session = SessionCookie.read(cookies, secure)
        if (family_id !== null) yield* unbroken(refreshes.revoke(family_id))
        if (session !== null) yield* unbroken(sessions.end(session))
        yield* SessionCookie.clear
      }),
      me: Effect.fn("Identity.me")(function* () {
        const { user_id } = yield* CurrentPerson
        const user = yield* unbroken(users.find(user_id))
        if (user === null) return yield* new Unauthorized()
        const { id: _, ...others } = user
        return { user_id, ...others }
      })
    })
  })
)
