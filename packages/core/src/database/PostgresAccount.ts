/**
 * PostgresAccount: whom the PostgreSQL that comes along runs as. PostgreSQL refuses to run as root, so a root who starts the tracker
 * needs another account for it: the system's `postgres`, which is made where it is missing.
 *
 * That account must reach its programs and its data, and often cannot: /root is closed to others (0700), and opening somebody's home is
 * not ours to do. There the server runs in a user namespace (Linux), where root is known to it as `postgres` and owns the files.
 *
 * Sources: user_namespaces(7), unshare(1).
 */
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { chownSync, lstatSync, readdirSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"

export interface PostgresAccount {
  /** How to start a program as this account: the command, and what `child_process.spawn` needs to know. */
  readonly command: (program: string, args: ReadonlyArray<string>) => readonly [program: string, args: ReadonlyArray<string>]
  readonly identity: { readonly uid?: number; readonly gid?: number }
  /** Makes a file or a whole directory this account's own. */
  readonly own: (path: string) => void
}

/** The account for programs in `programs` and data somewhere in `data`, both of which exist. */
export const make = Effect.fn("PostgresAccount.make")(function* (programs: string, data: string) {
  if (process.getuid?.() !== 0) return ordinary
  const ids = yield* systemAccount
  const closed = closedTo(ids, programs) ?? closedTo(ids, data)
  if (closed === undefined) return unprivileged(ids)
  const namespaced = inNamespace(ids)
  if (namespaced !== undefined) return namespaced
  return yield* new DatabaseUnusable({
    reason: "not-permitted",
    problem: `PostgreSQL cannot run as root, and the account it runs as instead may not enter ${closed}`,
    advice: `Start the tracker as an ordinary user, move it out of ${closed}, or let others pass through with: chmod o+x ${closed}`
  })
})

interface Ids {
  readonly uid: number
  readonly gid: number
}

const ordinary: PostgresAccount = { command: (program, args) => [program, args], identity: {}, own: () => {} }

const unprivileged = (ids: Ids): PostgresAccount => ({
  command: (program, args) => [program, args],
  identity: ids,
  own: owner(ids)
})

const inNamespace = ({ uid, gid }: Ids): PostgresAccount | undefined => {
  const map = ["--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"]
  try {
    execFileSync("unshare", [...map, "true"], { stdio: "ignore" })
  } catch {
    return undefined
  }
  return { command: (program, args) => ["unshare", [...map, program, ...args]], identity: {}, own: owner({ uid: 0, gid: 0 }) }
}

const owner =
  ({ uid, gid }: Ids) =>
  (path: string) => {
    if (statSync(path).uid === uid) return
    const give = (entry: string) => {
      const stat = lstatSync(entry)
      if (stat.isDirectory()) for (const name of readdirSync(entry)) give(join(entry, name))
      if (!stat.isSymbolicLink()) chownSync(entry, uid, gid)
    }
    give(path)
  }

const systemAccount = Effect.try({
  try: (): Ids => {
    const id = (flag: string) =>
      Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))
    try {
      return { uid: id("-u"), gid: id("-g") }
    } catch {
      execFileSync(
        "useradd",
        ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", "postgres"],
        {
          stdio: "ignore"
        }
      )
      return { uid: id("-u"), gid: id("-g") }
    }
  },
  catch: (cause) =>
    new DatabaseUnusable({
      reason: "not-permitted",
      problem: "PostgreSQL cannot run as root, and the account postgres that it would run as is missing and could not be made",
      advice: "Start the tracker as an ordinary user, or make the account with: useradd --system postgres",
      cause
    })
})

/** The first directory on the way to `path`, from the root, that the account may not enter. */
const closedTo = ({ uid, gid }: Ids, path: string): string | undefined => {
  const way = [path]
  while (dirname(way[0]!) !== way[0]) way.unshift(dirname(way[0]!))
  return way.find((directory) => {
    const stat = statSync(directory)
    if (!stat.isDirectory()) return false
    const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001
    return (stat.mode & bit) === 0
  })
}
