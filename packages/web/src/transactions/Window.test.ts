import { assert, describe, it } from "vitest"
import { pagesOf, rowsOf, scrollTo, windowOf } from "./Window.ts"

const scrolls = function* (count: number) {
  let seed = 7
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let index = 0; index < count; index++) {
    const [rows, height, view] = [next(250_001), 30 + next(40), 200 + next(1_500)]
    yield { rows, height, view, scrolled: next(Math.max(1, rows * height - view + 1)) }
  }
}

describe("the window on a long list", () => {
  it("holds every row that can be seen, wherever one has scrolled", () => {
    for (const { rows, height, view, scrolled } of scrolls(3_000)) {
      const { first, end } = windowOf(scrolled, view, height, rows)
      const firstSeen = Math.floor(scrolled / height)
      const lastSeen = Math.min(rows, Math.ceil((scrolled + view) / height))
      assert.isAtMost(first, firstSeen)
      assert.isAtLeast(end, lastSeen)
      assert.isAtMost(end, rows)
      assert.isAtMost(end - first, Math.ceil(view / height) + 18)
    }
  })

  it("keeps the row that has the focus, far out of view as it may be, once and in order", () => {
    assert.deepEqual(rowsOf({ first: 10, end: 13 }, 2), [2, 10, 11, 12])
    assert.deepEqual(rowsOf({ first: 10, end: 13 }, 99), [10, 11, 12, 99])
    assert.deepEqual(rowsOf({ first: 10, end: 13 }, 11), [10, 11, 12])
    assert.deepEqual(rowsOf({ first: 0, end: 2 }, undefined), [0, 1])
  })

  it("asks for the pages it touches and no other", () => {
    assert.deepEqual(pagesOf({ first: 0, end: 0 }, 100), [1])
    assert.deepEqual(pagesOf({ first: 0, end: 100 }, 100), [1])
    assert.deepEqual(pagesOf({ first: 95, end: 101 }, 100), [1, 2])
    assert.deepEqual(pagesOf({ first: 249_950, end: 250_000 }, 100), [2500])
  })

  it("scrolls just far enough to bring a row into view", () => {
    assert.strictEqual(scrollTo(3, 0, 400, 40), 0)
    assert.strictEqual(scrollTo(12, 0, 400, 40), 120)
    assert.strictEqual(scrollTo(2, 400, 400, 40), 80)
  })
})
