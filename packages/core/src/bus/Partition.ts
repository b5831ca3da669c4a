/**
 * Partition: which partition of a topic a key belongs to. Murmur2 with Kafka's seed, sign bit cleared, modulo the partition count:
 * the same on every bus, so that a ledger can move from one to another.
 *
 * Source: Apache Kafka, org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.
 */
const encoder = new TextEncoder()

export const murmur2 = (key: Uint8Array): number => {
  const length = key.length
  const m = 0x5bd1e995
  let hash = 0x9747b28c ^ length
  for (let index = 0; index + 4 <= length; index += 4) {
    let k = key[index]! | (key[index + 1]! << 8) | (key[index + 2]! << 16) | (key[index + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    hash = Math.imul(hash, m) ^ k
  }
  const tail = length & ~3
  if (length - tail === 3) hash ^= key[tail + 2]! << 16
  if (length - tail >= 2) hash ^= key[tail + 1]! << 8
  if (length - tail >= 1) hash = Math.imul(hash ^ key[tail]!, m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

const partitions = new Map<string, number>()

export const partitionOf = (key: string, count: number): number => {
  const name = `${count}/${key}`
  const known = partitions.get(name)
  if (known !== undefined) return known
  const partition = (murmur2(encoder.encode(key)) & 0x7fffffff) % count
  if (partitions.size >= 10_000) partitions.clear()
  partitions.set(name, partition)
  return partition
}
