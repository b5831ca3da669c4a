/**
 * Dashboard: the built files of the web package, held in memory, compressed once each. A path that is no file is the dashboard's own
 * address and gets its page; a missing asset is missing, so that a stale page notices.
 */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { extname, join, relative, sep } from "node:path"
import { compressBest, densest, type Encoding, encodingFor } from "./Compression.ts"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8"
}

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
  readonly encoded: Map<Encoding, Promise<Uint8Array>>
}

export interface Dashboard {
  /** Null for a path under `/assets/` that is not there. */
  answer(request: Request, pathname: string): Promise<Response | null>
}

const read = (path: string): File => {
  const bytes = new Uint8Array(readFileSync(path))
  return {
    bytes,
    type: types[extname(path)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    encoded: new Map()
  }
}

const filesIn = (directory: string): ReadonlyMap<string, File> => {
  if (!existsSync(directory)) return new Map()
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [`/${relative(directory, path).split(sep).join("/")}`, read(path)]
    })
  )
}

const isText = (type: string) => !type.startsWith("font/") && !type.startsWith("image/png")

const send = async (request: Request, file: File, cacheControl: string): Promise<Response> => {
  const headers = new Headers({
    "content-type": file.type,
    "cache-control": cacheControl,
    etag: file.etag,
    vary: "accept-encoding"
  })
  if (request.headers.get("if-none-match") === file.etag) return new Response(null, { status: 304, headers })
  const encoding =
    isText(file.type) && file.bytes.length > 1_024 ? encodingFor(request.headers.get("accept-encoding"), densest) : null
  if (encoding === null) return new Response(request.method === "HEAD" ? null : file.bytes, { headers })
  let encoded = file.encoded.get(encoding)
  if (encoded === undefined) {
    encoded = compressBest(file.bytes, encoding)
    file.encoded.set(encoding, encoded)
  }
  headers.set("content-encoding", encoding)
  return new Response(request.method === "HEAD" ? null : new Uint8Array(await encoded), { headers })
}

const unbuilt = "The dashboard has not been built. Build it with: npm run build\n"

export const make = (directory: string): Dashboard => {
  const files = filesIn(directory)
  return {
    async answer(request, pathname) {
      const file = files.get(pathname)
      // Names under /assets/ carry a hash of the content: what is there never changes.
      if (file !== undefined && pathname.startsWith("/assets/")) return send(request, file, "public, max-age=31536000, immutable")
      if (file !== undefined) return send(request, file, "no-cache")
      if (pathname.startsWith("/assets/")) return null
      const page = files.get("/index.html")
      return page === undefined ? new Response(unbuilt, { status: 503 }) : send(request, page, "no-cache")
    }
  }
}
