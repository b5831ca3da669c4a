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
      const first = yield* started(directory)
      assert.deepStrictEqual(readdirSync(join(directory, "keys")), ["master-1"])
      assert.strictEqual(statSync(join(directory, "keys", "master-1")).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(directory, "keys")).mode & 0o777, 0o700)
      const again = yield* started(directory)
      assert.strictEqual(again.newest, 1)
      assert.isTrue(again.key(1).equals(first.key(1)))
      assert.strictEqual(first.key(1).symmetricKeySize, 32)
    })
  )

  it.effect("differs from one installation to the next", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* started(yield* home), yield* started(yield* home)]
      assert.isFalse(one.key(1).equals(other.key(1)))
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

  it.effect("of a version that is not there is not made up: the file that is missing is named", () =>
    Effect.gen(function* () {
      const directory = yield* home
      const { key } = yield* started(directory)
      assert.throws(() => key(2), `${join(directory, "keys", "master-2")} cannot be used: it is missing`)
      assert.deepStrictEqual(readdirSync(join(directory, "keys")), ["master-1"])
    })
  )

  it.effect("that another process has made is read when it is met, without a new start", () =>
    Effect.gen(function* () {
      const directory = yield* home
      const running = yield* started(directory)
      const made = yield* (yield* started(directory)).make(2)
      assert.isTrue(running.key(2).equals(made))
      assert.isFalse(running.key(1).equals(made))
      assert.strictEqual(statSync(join(directory, "keys", "master-2")).mode & 0o777, 0o600)
    })
  )

  it.effect("is made once: whoever makes that version again gets the one there is", () =>
    Effect.gen(function* () {
      const directory = yield* home
      const [one, other] = [yield* started(directory), yield* started(directory)]
      assert.isTrue((yield* one.make(2)).equals(yield* other.make(2)))
    })
  )

  it.effect("is the highest version there is for a database that knows none, by number and not by letter", () =>
    Effect.gen(function* () {
      const directory = yield* home
      const first = yield* started(directory)
      yield* first.make(9)
      yield* first.make(10)
      writeFileSync(join(directory, "keys", "master-11.new"), "half of it")
      const { newest, filesBelow } = yield* started(directory)
      assert.strictEqual(newest, 10)
      assert.deepStrictEqual(
        filesBelow(newest).map((file) => file.slice(-8)),
        ["master-1", "master-9"]
      )
    })
  )
})
