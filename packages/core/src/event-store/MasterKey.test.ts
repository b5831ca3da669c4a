import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DataDirectory } from "../database/DataDirectory.ts"
import { MasterKey } from "./MasterKey.ts"

const home = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "finance-keys-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

/** The key as a process that starts on this directory gets it. */
const started = (directory: string) =>
  Effect.provide(MasterKey, Layer.fresh(MasterKey.layer).pipe(Layer.provide(Layer.fresh(DataDirectory.layer(directory)))))

describe("MasterKey", () => {
  it.effect("is made on first use, for its owner's eyes only, and is the same at every later start", () =>
    Effect.gen(function* () {
      const directory = yield* home
      const first = (yield* started(directory)).current
      const [file] = readdirSync(join(directory, "keys"))
      assert.strictEqual(statSync(join(directory, "keys", file!)).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(directory, "keys")).mode & 0o777, 0o700)
      const again = yield* started(directory)
      assert.isTrue(again.current.key.equals(first.key))
      assert.isTrue(again.key(first.version).equals(first.key))
      assert.strictEqual(first.key.symmetricKeySize, 32)
    })
  )

  it.effect("differs from one installation to the next", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* started(yield* home), yield* started(yield* home)]
      assert.isFalse(one.current.key.equals(other.current.key))
    })
  )

  it.effect("of the wrong length is refused, and left as it is for whoever can mend it", () =>
    Effect.gen(function* () {
      for (const content of ["", "c2hvcnQ", Buffer.alloc(33).toString("base64url"), "not base64 at all!"]) {
        const directory = yield* home
        mkdirSync(join(directory, "keys"))
        const file = join(directory, "keys", "master-1")
        writeFileSync(file, content)
        const error = yield* Effect.flip(started(directory))
        assert.strictEqual(error._tag, "MasterKeyUnusable")
        assert.strictEqual(readFileSync(file, "utf8"), content)
      }
    })
  )

  it.effect("of a version that this process was not given is not made up", () =>
    Effect.gen(function* () {
      const { current, key } = yield* started(yield* home)
      assert.throws(() => key(current.version + 1), /not here/)
    })
  )
})
