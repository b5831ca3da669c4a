import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { DataDirectory } from "../database/DataDirectory.ts"
import { VapidKeys } from "./VapidKeys.ts"

const home = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "vapid-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const started = (path: string) =>
  Effect.flatMap(Layer.build(Layer.fresh(Layer.provide(VapidKeys.layer, DataDirectory.layerShared(path)))), (context) =>
    Effect.provide(VapidKeys, context)
  ).pipe(Effect.scoped)

describe("the keys that push services know an installation by", () => {
  it.effect("are made once, for its owner's eyes only, and are the same after a restart", () =>
    Effect.gen(function* () {
      const path = yield* home
      const [first, second] = [yield* started(path), yield* started(path)]
      assert.strictEqual(statSync(join(path, "keys", "vapid")).mode & 0o777, 0o600)
      assert.strictEqual(second.publicKey, first.publicKey)
      assert.strictEqual(Redacted.value(second.privateKey), Redacted.value(first.privateKey))
      assert.strictEqual(Buffer.from(first.publicKey, "base64url")[0], 4, "a point, uncompressed")
      assert.notStrictEqual((yield* started(yield* home)).publicKey, first.publicKey)
    })
  )
})
