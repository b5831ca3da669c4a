/**
 * FileText: the text of a statement file, whatever encoding its bank chose.
 *
 * UTF-8 where the bytes are valid UTF-8, UTF-16 where a byte order mark says so, Windows-1252 otherwise (of which ISO-8859-1's
 * letters are a part; WHATWG Encoding Standard, 4.2). A byte order mark is never part of the text. What is no text, or would
 * come out garbled, is refused.
 */
import * as Result from "effect/Result"
import { maxBytes, StatementRefused } from "./Statement.ts"

type Decoded = Result.Result<string, StatementRefused>

/** The file's text without its byte order mark, or why it cannot be read as text. */
export const decode = (bytes: Uint8Array): Decoded => {
  if (bytes.length === 0) return refuse("empty", "The file is empty.")
  if (bytes.length > maxBytes) {
    return refuse("too-large", `The file has ${bytes.length} bytes; the most that is taken is ${maxBytes} (25 MiB).`)
  }
  const known = signatures.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte))
  if (known !== undefined) return refuse("binary", `The file is ${known.name}, not text. Export the account as CSV instead.`)
  return Result.flatMap(textOf(bytes), (text) =>
    text.trim() === "" ? refuse("empty", "The file holds nothing but white space.") : Result.succeed(text)
  )
}

const textOf = (bytes: Uint8Array): Decoded => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return strictly("utf-16le", bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return strictly("utf-16be", bytes)
  const head = bytes.subarray(0, probed)
  const zeros = head.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0)
  if (zeros > head.length / 4 && zeros <= head.length / 2) {
    return refuse("wrong-encoding", "The file looks like UTF-16 without a byte order mark. Save it as UTF-8.")
  }
  const controls = head.reduce((count, byte) => count + (isControl(byte) ? 1 : 0), 0)
  if (controls > head.length / 50) return refuse("binary", "The file is not text: it is full of control characters.")
  const utf8 = strictly("utf-8", bytes)
  if (Result.isSuccess(utf8)) return utf8
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return utf8
  const western = new TextDecoder("windows-1252").decode(bytes)
  return utf8ShownAsWestern.test(western)
    ? refuse("wrong-encoding", "The file mixes UTF-8 with another encoding, so its letters cannot be told. Save it as UTF-8.")
    : Result.succeed(western)
}

const strictly = (encoding: string, bytes: Uint8Array): Decoded =>
  Result.try({
    try: () => new TextDecoder(encoding, { fatal: true }).decode(bytes),
    catch: () => new StatementRefused({ reason: "wrong-encoding", detail: `The file says it is ${encoding}, but is not.` })
  })

/** How much of the file is looked at to tell text from other things. */
const probed = 65_536

const isControl = (byte: number): boolean => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d

/** Æ Ø Å Ä Ö and their small letters in UTF-8, as Windows-1252 shows them. No Nordic text holds these pairs. */
const utf8ShownAsWestern = /Ã[†˜…„–¦¸¥¤¶]/

const signatures: ReadonlyArray<{ readonly name: string; readonly magic: ReadonlyArray<number> }> = [
  { name: "an Excel workbook or another ZIP archive", magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: "an old Excel workbook", magic: [0xd0, 0xcf, 0x11, 0xe0] },
  { name: "a PDF", magic: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { name: "a picture", magic: [0x89, 0x50, 0x4e, 0x47] },
  { name: "a picture", magic: [0xff, 0xd8, 0xff] },
  { name: "a gzip archive", magic: [0x1f, 0x8b] }
]

const refuse = (reason: StatementRefused["reason"], detail: string): Result.Result<never, StatementRefused> =>
  Result.fail(new StatementRefused({ reason, detail }))
