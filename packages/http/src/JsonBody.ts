/**
 * JsonBody: what JSON.parse does not notice. A number of more than 15 significant digits is rounded before any code sees it
 * (12345678901234567.89 arrives as 12345678901234568), so digits are counted in the source text.
 */
import { maxDigits } from "@finance/core/money/Money"

/** Without 16 digits in a row of digits and points no number can be too long: nearly every body ends its check here. */
const perhapsTooLong = /\d(?:[\d.]{15,})/

class LongNumber {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

const significantDigits = (source: string): number =>
  source
    .replace(/[eE].*$/, "")
    .replaceAll(/[-.]/g, "")
    .replace(/^0+/, "").length

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown

const marking: Reviver = (_key, value, { source }) =>
  typeof value === "number" && source !== undefined && significantDigits(source) > maxDigits ? new LongNumber(source) : value

/** The paths of the numbers that are too long to be exact. Throws when the text is no JSON, or nested deeper than the parser can go. */
export const tooLongNumbers = (text: string): ReadonlyArray<string> => {
  if (!perhapsTooLong.test(text)) {
    JSON.parse(text)
    return []
  }
  const paths: Array<string> = []
  const waiting: Array<readonly [path: string, value: unknown]> = [
    ["", JSON.parse(text, marking as Parameters<typeof JSON.parse>[1])]
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, value] = next
    if (value instanceof LongNumber) paths.push(path)
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) waiting.push([path === "" ? key : `${path}.${key}`, inner])
    }
  }
  return paths
}
