/** Prints what a first visit must load before it shows anything: the entry script with its static imports, as gzip. */
import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: ReadonlyArray<string>
  readonly css?: ReadonlyArray<string>
}

const dist = new URL("./dist/", import.meta.url)
const manifest: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"))
const scripts = new Set<string>(["boot.js"])
const styles = new Set<string>()

const visit = (chunk: Chunk) => {
  if (scripts.has(chunk.file)) return
  scripts.add(chunk.file)
  chunk.css?.forEach((file) => styles.add(file))
  chunk.imports?.forEach((name) => visit(manifest[name]!))
}
Object.values(manifest)
  .filter((chunk) => chunk.isEntry)
  .forEach(visit)

const gzipped = (files: Iterable<string>) =>
  [...files].reduce((bytes, file) => bytes + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0)
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`

console.log(`first load, gzip: ${kilobytes(gzipped(scripts))} of scripts, ${kilobytes(gzipped(styles))} of styles`)
