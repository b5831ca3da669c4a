/**
 * VapidKeys: what this installation shows push services, so that a browser's subscription takes messages from it alone (RFC 8292). The private
 * key is a secret of the data directory; losing it ends every subscription, and nothing else.
 */
import { createECDH, randomBytes } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { DataDirectory } from "../database/DataDirectory.ts"

export class VapidKeys extends Context.Service<
  VapidKeys,
  {
    /** An uncompressed point on P-256, as base64url: a browser's `applicationServerKey`. */
    readonly publicKey: string
    readonly privateKey: Redacted.Redacted
  }
>()("finance/notifications/VapidKeys") {
  /** Keys of this process alone: tests. */
  static readonly layerRandom = Layer.sync(VapidKeys, () => fromSecret(randomBytes(32).toString("base64url")))

  /** The keys in the data directory, made on first use. */
  static readonly layer = Layer.effect(
    VapidKeys,
    Effect.gen(function* () {
      const home = yield* DataDirectory
      return fromSecret(Redacted.value(yield* home.secret("vapid")))
    })
  )
}

/** Any 32 bytes are a private key, but for one in four billion draws: such a file is refused here, and made anew once it is deleted. */
const fromSecret = (secret: string) => {
  const curve = createECDH("prime256v1")
  curve.setPrivateKey(secret, "base64url")
  return VapidKeys.of({ publicKey: curve.getPublicKey("base64url", "uncompressed"), privateKey: Redacted.make(secret) })
}
