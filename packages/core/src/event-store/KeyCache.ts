/**
 * KeyCache: the keys of the people who were here last, so that a key is read and unwrapped once and not for every event.
 *
 * Invariants
 *  1. It holds `capacity` keys at most; whose key was asked for longest ago goes first.
 *  2. No key is given out later than `maxAge` milliseconds after its reading began.
 *  3. What was being read when it was cleared is not kept: the reading may have come before what it was cleared for.
 */
export interface KeyCache<Key> {
  get(owner_id: string): Key | undefined
  /** To be called before a key is read, and handed to `set` with it. */
  reading(): Reading
  set(owner_id: string, key: Key, reading: Reading): void
  clear(): void
}

export interface Reading {
  readonly generation: number
  readonly since: number
}

export const make = <Key>(
  { capacity, maxAge }: { readonly capacity: number; readonly maxAge: number },
  now: () => number = () => performance.now()
): KeyCache<Key> => {
  // A Map keeps the order of insertion, so the first is the one that was used longest ago.
  const entries = new Map<string, { readonly key: Key; readonly since: number }>()
  let generation = 0
  return {
    get(owner_id) {
      const entry = entries.get(owner_id)
      if (entry === undefined) return undefined
      entries.delete(owner_id)
      if (now() - entry.since > maxAge) return undefined
      entries.set(owner_id, entry)
      return entry.key
    },
    reading: () => ({ generation, since: now() }),
    set(owner_id, key, reading) {
      if (reading.generation !== generation) return
      entries.delete(owner_id)
      if (entries.size >= capacity) entries.delete(entries.keys().next().value!)
      entries.set(owner_id, { key, since: reading.since })
    },
    clear() {
      generation++
      entries.clear()
    }
  }
}
