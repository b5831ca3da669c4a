/**
 * Compression: texts above a kilobyte go out compressed, as the client can take them. Streams are left alone.
 */
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"

const smallest = 1_024
const compressible = /^(application\/(problem\+)?json|application\/(javascript|manifest\+json)|text\/(?!event-stream)|image\/svg)/

const brotli = promisify(brotliCompress)
const gzipped = promisify(gzip)

export type Encoding = "br" | "gzip"

/** The better of the encodings that the client takes; `q=0` refuses one. */
export const encodingFor = (acceptEncoding: string | null): Encoding | null => {
  const taken = (acceptEncoding ?? "")
    .toLowerCase()
    .split(",")
    .filter((part) => !/;\s*q=0(\.0+)?\s*$/.test(part))
    .map((part) => part.split(";")[0]!.trim())
  return taken.includes("br") ? "br" : taken.includes("gzip") ? "gzip" : null
}

/** `best` for what is compressed once and sent often, fast otherwise. */
export const compress = (bytes: Uint8Array, encoding: Encoding, best: boolean): Promise<Uint8Array> =>
  encoding === "br"
    ? brotli(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: best ? 11 : 3, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
      })
    : gzipped(bytes, { level: best ? 9 : 2 })

/** The same answer, compressed where that is worth it. */
export const compressed = async (request: Request, response: Response): Promise<Response> => {
  const { headers } = response
  if (response.body === null || headers.has("content-encoding") || !compressible.test(headers.get("content-type") ?? ""))
    return response
  headers.append("vary", "accept-encoding")
  const encoding = encodingFor(request.headers.get("accept-encoding"))
  if (encoding === null || request.method === "HEAD") return response
  const bytes = new Uint8Array(await response.arrayBuffer())
  const { status } = response
  headers.delete("content-length")
  if (bytes.length < smallest) return new Response(bytes, { status, headers })
  headers.set("content-encoding", encoding)
  return new Response(new Uint8Array(await compress(bytes, encoding, false)), { status, headers })
}
