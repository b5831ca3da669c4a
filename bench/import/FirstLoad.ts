/**
 * FirstLoad: the JavaScript that a first visit fetches before it shows anything: the scripts that the page names or preloads, and what
 * these import statically, in bytes as they come over the wire.
 */
import { get, type IncomingMessage } from "node:http"
import { gunzipSync } from "node:zlib"

interface Served {
  readonly bytes: number
  readonly text: string
}

/** `fetch` unpacks what it gets, and would hide the size on the wire. */
const serve = async (url: URL): Promise<Served> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "gzip" } }, resolve).once("error", reject)
  })
  const body = Buffer.concat(await response.toArray())
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} from ${url}`)
  const text = response.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body
  return { bytes: body.length, text: text.toString() }
}

const named = /<script[^>]*\ssrc="([^"]+)"|<link[^>]*\srel="modulepreload"[^>]*\shref="([^"]+)"/g
/** `import … from "./x.js"` and `import "./x.js"`, but not `import("./x.js")`, which waits until somebody goes there. */
const imported = /(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+)["']/g

/** Kilobytes of JavaScript, gzip, of a first visit at this address. */
export const firstLoad = async (address: string): Promise<number> => {
  const page = new URL("/", address)
  const { text } = await serve(page)
  const scripts = new Map(
    [...text.matchAll(named)].map(([, script, preload]) => new URL(script ?? preload!, page)).map((url) => [url.href, url])
  )
  if (scripts.size === 0) throw new Error("the page names no scripts")
  let bytes = 0
  for (const url of scripts.values()) {
    const script = await serve(url)
    bytes += script.bytes
    for (const [, specifier] of script.text.matchAll(imported)) {
      const found = new URL(specifier!, url)
      scripts.set(found.href, found)
    }
  }
  return bytes / 1000
}
