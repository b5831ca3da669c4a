/**
 * AccessTokens: proof of who is asking, for ten minutes, checked without a look in the database. JWTs (RFC 7519) signed with
 * Ed25519 (RFC 8037).
 */
import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { jwtVerify, SignJWT } from "jose"
import { DataDirectory } from "../database/DataDirectory.ts"

export const lifetimeSeconds = 600

export interface Claims {
  readonly user_id: string
  readonly roles: ReadonlyArray<string>
  /** The sign-in that it came from, as `RefreshTokens` knows it. */
  readonly family_id: string | null
}

export class SigningKeyUnusable extends Schema.TaggedError<SigningKeyUnusable>()("SigningKeyUnusable", { file: Schema.String }) {
  override get message() {
    return `The signing key ${this.file} does not hold 32 bytes; delete it to sign everyone out and have a new one made`
  }
}

export class AccessTokens extends Context.Service<
  AccessTokens,
  {
    issue(claims: Claims): Effect.Effect<{ readonly token: string; readonly expires_at: Date }>
    /** Null for anything but a token of this installation that is still good. */
    verify(token: string): Effect.Effect<Claims | null>
  }
>()("finance/identity/AccessTokens") {
  /** With the key in the data directory, made on the first start. */
  static readonly layer = Layer.effect(
    AccessTokens,
    Effect.gen(function* () {
      const home = yield* DataDirectory
      const seed = Buffer.from(Redacted.value(yield* home.secret(file)), "base64url")
      return seed.length === 32 ? fromSeed(seed) : yield* new SigningKeyUnusable({ file })
    })
  )

  /** With a key made of a secret that several processes share. */
  static readonly layerSecret = (secret: Redacted.Redacted) =>
    Layer.sync(AccessTokens, () =>
      fromSeed(new Uint8Array(hkdfSync("sha256", Redacted.value(secret), new Uint8Array(0), "access-tokens", 32)))
    )

  /** With a key of this process alone: tests. */
  static readonly layerRandom = Layer.sync(AccessTokens, () => fromSeed(randomBytes(32)))
}

const file = "signing"
const issuer = "finance-tracker"
const algorithm = "EdDSA"

/** Tokens that have been verified are remembered, for a signature costs more to check than a request to answer. */
const maxRemembered = 10_000

/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, 7). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex")

const fromSeed = (seed: Uint8Array) => {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" })
  const publicKey = createPublicKey(privateKey)
  const kid = createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("hex")
    .slice(0, 16)
  const remembered = new Map<string, Claims & { readonly until: number }>()

  const check = async (token: string): Promise<Claims | null> => {
    const known = remembered.get(token)
    if (known !== undefined) return known.until > Date.now() ? known : null
    try {
      const { payload } = await jwtVerify(token, publicKey, { issuer, algorithms: [algorithm] })
      const { sub, roles, family_id, exp = 0 } = payload
      if (typeof sub !== "string" || !Array.isArray(roles)) return null
      const claims = {
        user_id: sub,
        roles: roles.map(String),
        family_id: typeof family_id === "string" ? family_id : null,
        until: exp * 1000
      }
      if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value!)
      remembered.set(token, claims)
      return claims
    } catch {
      return null
    }
  }

  return AccessTokens.of({
    issue: ({ user_id, roles, family_id }) =>
      Effect.promise(async () => {
        const issued = Math.floor(Date.now() / 1000)
        const token = await new SignJWT({ roles: [...roles], family_id })
          .setProtectedHeader({ alg: algorithm, kid, typ: "JWT" })
          .setIssuer(issuer)
          .setSubject(user_id)
          .setJti(crypto.randomUUID())
          .setIssuedAt(issued)
          .setExpirationTime(issued + lifetimeSeconds)
          .sign(privateKey)
        return { token, expires_at: new Date((issued + lifetimeSeconds) * 1000) }
      }),
    verify: (token) => Effect.promise(() => check(token))
  })
}
