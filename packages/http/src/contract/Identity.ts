import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Moment, Name, Text } from "./Field.ts"
import { Authorization, Problems, Strictness } from "./Middleware.ts"
import { Conflict, Forbidden, TooManyRequests, Unauthorized } from "./Problem.ts"

/** Whatever has one @ with something before and a domain after it: only a message that arrives proves an address. */
export const Email = Text(254).check(
  Schema.isPattern(/^\s*[^\s@]+@[^\s@.]+(\.[^\s@.]+)*\s*$/u, { message: "Expected an e-mail address" })
)

/** 8 to 256 characters of any kind; 15 or more are advised. */
export const Password = Text(256).check(Schema.isMinLength(8))

export const Register = Schema.Struct({
  email: Email,
  password: Password,
  name: Schema.optionalKey(Schema.NullOr(Name(120)))
})

export const Login = Schema.Struct({ email: Text(254), password: Text(256), totp: Schema.optionalKey(Text(16)) })

export const RefreshToken = Schema.Struct({ refresh_token: Text(128) })

/** What signing in gives. A browser gets an HttpOnly session cookie besides, and needs none of these. */
export const SignedIn = Schema.Struct({
  user_id: Schema.String,
  access_token: Schema.String,
  refresh_token: Schema.String,
  expires_at: Moment
})

export const Me = Schema.Struct({
  user_id: Schema.String,
  email: Schema.String,
  name: Schema.NullOr(Schema.String),
  roles: Schema.Array(Schema.String),
  locale: Schema.String
})

export class Identity extends HttpApiGroup.make("identity")
  .add(
    HttpApiEndpoint.post("register", "/register", {
      payload: Register,
      success: SignedIn.pipe(HttpApiSchema.status(201)),
      error: [Conflict, Forbidden, TooManyRequests]
    }),
    HttpApiEndpoint.post("login", "/login", { payload: Login, success: SignedIn, error: [Unauthorized, TooManyRequests] }),
    HttpApiEndpoint.post("refresh", "/refresh", { payload: RefreshToken, success: SignedIn, error: Unauthorized }),
    HttpApiEndpoint.post("logout", "/logout").middleware(Authorization),
    HttpApiEndpoint.get("me", "/me", { success: Me, error: Unauthorized }).middleware(Authorization)
  )
  .middleware(Strictness)
  .middleware(Problems)
  .prefix("/auth") {}
