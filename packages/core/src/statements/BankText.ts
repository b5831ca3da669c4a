/**
 * BankText: free text from outside, made fit to keep. PostgreSQL's text and jsonb take no NUL and jsonb no lone surrogate, and
 * banks pad with runs of spaces.
 */

/** The longest description kept; a bank's longest seen is a few hundred. The raw row keeps the rest. */
export const maxLength = 1000

const untidy = /[^\S ]|^ | $| {2}|\p{Cc}/u

/**
 * The text without control characters, its runs of white space as one space, trimmed, well-formed UTF-16, and at most `longest`
 * UTF-16 units long.
 */
export const clean = (text: string, longest = maxLength): string => {
  if (text.length <= longest && !untidy.test(text) && text.isWellFormed()) return text
  return text
    .slice(0, longest * 4)
    .replace(/\s+/gu, " ")
    .replace(/\p{Cc}/gu, "")
    .replace(/ +/g, " ")
    .trim()
    .slice(0, longest)
    .replace(/[\uD800-\uDBFF]$/, "")
    .toWellFormed()
    .trim()
}
