import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { newId } from "../ledger/Id.ts"
import { murmur2, partitionOf } from "./Partition.ts"

describe("Partition", () => {
  it("hashes as Kafka does, so that a ledger can move from one bus to another", () => {
    // the vectors of Kafka's own org.apache.kafka.common.utils.UtilsTest
    const vectors = {
      "21": -973932308,
      foobar: -790332482,
      "a-little-bit-long-string": -985981536,
      "a-little-bit-longer-string": -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107
    }
    for (const [key, hash] of Object.entries(vectors)) assert.strictEqual(murmur2(new TextEncoder().encode(key)), hash, key)
  })

  it.prop(
    "puts a person into one of the partitions, and always into the same",
    [Schema.String, Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 64 }))],
    ([key, count]) => {
      const partition = partitionOf(key, count)
      assert.isTrue(Number.isInteger(partition) && partition >= 0 && partition < count)
      assert.strictEqual(partitionOf(key, count), partition)
    }
  )

  it("spreads people over all partitions, and remembers none of them wrongly when it has seen very many", () => {
    const people = Array.from({ length: 12_000 }, newId)
    const before = people.map((person) => partitionOf(person, 8))
    const sizes = Array.from({ length: 8 }, (_, partition) => before.filter((one) => one === partition).length)
    for (const size of sizes) assert.isTrue(size > 1_000 && size < 2_000, String(sizes))
    assert.deepStrictEqual(
      people.map((person) => partitionOf(person, 8)),
      before
    )
  })
})
