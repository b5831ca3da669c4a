/**
 * SecretToken: a random text that is itself the right to something. Whoever has to recognise it keeps its hash only; it holds
 * 256 random bits, so a plain hash is enough.
 */
import { createHash, randomBytes } from "node:crypto"

export const make = (): string => randomBytes(32).toString("base64url")

export const hashOf = (token: string): Uint8Array => createHash("sha256").update(token).digest()
