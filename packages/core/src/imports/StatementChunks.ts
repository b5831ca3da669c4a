/**
 * StatementChunks: a statement's rows a few hundred at a time, its lines with the fingerprint and ordinal that decide whether they are
 * known. Ordinals count over the whole file, so a file that is taken up again in its middle is read from its start.
 */
import type { PersonKey } from "../event-store/Vault.ts"
import { type Occurrences, withOrdinals } from "../statements/LineIdentity.ts"
import type { StatementLine, StatementRow } from "../statements/Statement.ts"

export interface NumberedLine {
  readonly line: StatementLine
  /** HMAC of the line's identity under the person's key, so that the table of known lines says nothing of what was bought. */
  readonly fingerprint: Uint8Array
  readonly ordinal: number
}

export interface Chunk {
  /** How many rows of the file came before. */
  readonly from: number
  readonly rows: ReadonlyArray<StatementRow>
  readonly lines: ReadonlyArray<NumberedLine>
}

/** Rows per chunk: what is appended in one transaction, and so what an interactive command may have to wait for. */
export const chunkRows = 500

/** The rows from the one numbered `start` (0 for all) on; `size` is asked for every chunk anew. */
export function* chunksOf(
  rows: Iterable<StatementRow>,
  key: PersonKey,
  start = 0,
  size: () => number = () => chunkRows
): Generator<Chunk, void> {
  const seen: Occurrences = new Map()
  let from = 0
  let chunk: Array<StatementRow> = []
  const complete = function* (): Generator<Chunk, void> {
    const occurrences = [...withOrdinals(chunk.filter(isLine), seen)]
    if (from >= start && chunk.length > 0) {
      const lines = occurrences.map(({ line, identity, ordinal }) => ({
        line,
        ordinal,
        fingerprint: key.fingerprint(`line/${identity}`)
      }))
      yield { from, rows: chunk, lines }
    }
    from += chunk.length
    chunk = []
  }
  for (const row of rows) {
    chunk.push(row)
    if (chunk.length >= size() || from + chunk.length === start) yield* complete()
  }
  yield* complete()
}

const isLine = (row: StatementRow): row is StatementLine => row._tag === "Line"
