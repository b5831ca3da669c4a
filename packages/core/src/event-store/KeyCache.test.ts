import { assert, describe, it } from "@effect/vitest"
import * as KeyCache from "./KeyCache.ts"

const cacheOf = (capacity: number) => {
  let time = 0
  const cache = KeyCache.make<string>({ capacity, maxAge: 1_000 }, () => time)
  const read = (owner_id: string) => cache.set(owner_id, `key of ${owner_id}`, cache.reading())
  return { cache, read, pass: (milliseconds: number) => (time += milliseconds) }
}

describe("KeyCache", () => {
  it("invariant 1: who was here longest ago makes room, not who came first", () => {
    const { cache, read } = cacheOf(3)
    for (const person of ["kari", "ola", "per"]) read(person)
    assert.strictEqual(cache.get("kari"), "key of kari")
    read("anne")
    assert.deepStrictEqual(
      ["kari", "ola", "per", "anne"].map((person) => cache.get(person) !== undefined),
      [true, false, true, true]
    )
  })

  it("invariant 1: a key that is read again takes no second place", () => {
    const { cache, read } = cacheOf(2)
    for (const person of ["kari", "ola", "ola", "ola"]) read(person)
    assert.strictEqual(cache.get("kari"), "key of kari")
  })

  it("invariant 2: a key is read again when its time is up, however often it is asked for", () => {
    const { cache, read, pass } = cacheOf(3)
    read("kari")
    for (const _ of [1, 2]) {
      pass(500)
      assert.strictEqual(cache.get("kari"), "key of kari")
    }
    pass(1)
    assert.strictEqual(cache.get("kari"), undefined)
  })

  it("invariant 2: the time counts from when the reading began, not from when it ended", () => {
    const { cache, pass } = cacheOf(3)
    const reading = cache.reading()
    pass(900)
    cache.set("kari", "key of kari", reading)
    pass(101)
    assert.strictEqual(cache.get("kari"), undefined)
  })

  it("invariant 3: what was read before it was cleared is not kept after, and what is read then is", () => {
    const { cache, read } = cacheOf(3)
    read("ola")
    const reading = cache.reading()
    cache.clear()
    cache.set("kari", "key of kari", reading)
    assert.strictEqual(cache.get("kari"), undefined)
    assert.strictEqual(cache.get("ola"), undefined)
    read("kari")
    assert.strictEqual(cache.get("kari"), "key of kari")
  })
})
