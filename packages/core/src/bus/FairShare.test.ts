import { assert, it } from "@effect/vitest"
import * as FairShare from "./FairShare.ts"

it("1: whatever their number, members share all partitions, none twice, and nobody has two more than another", () => {
  for (let partitions = 1; partitions <= 12; partitions++) {
    for (let count = 1; count <= 9; count++) {
      const members = Array.from({ length: count }, (_, member) => `member ${member}`)
      // each has heard of the others in an order of its own
      const shares = members.map((self, turn) =>
        FairShare.shareOf(partitions, [...members.slice(turn), ...members.slice(0, turn)], self)
      )
      const sizes = shares.map(({ size }) => size)
      assert.sameMembers(
        shares.flatMap((share) => [...share]),
        Array.from({ length: partitions }, (_, partition) => partition)
      )
      assert.isAtMost(Math.max(...sizes) - Math.min(...sizes), 1)
    }
  }
})

it("whoever is not among the members has no share", () => {
  assert.strictEqual(FairShare.shareOf(8, ["a", "b"], "c").size, 0)
})
