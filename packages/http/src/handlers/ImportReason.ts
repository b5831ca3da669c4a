/**
 * ImportReason: why an import treated a row as it did, told in the reader's language.
 */
import type { Language } from "@finance/core/ledger/Explanation"
import { rowReasonText } from "@finance/core/statements/RowReason"
import type { RowReason } from "@finance/core/statements/Statement"

const alreadyImported: Readonly<Record<Language, string>> = {
  nb: "Raden er allerede hentet inn i kontoen.",
  nn: "Rada er alt henta inn i kontoen.",
  en: "The row is in the account already."
}

interface Reason {
  readonly code: string
  readonly params: Readonly<Record<string, string>>
}

export const told = (reason: Reason | null, language: Language) => {
  if (reason === null) return null
  const text = reason.code === "already-imported" ? alreadyImported[language] : rowReasonText(reason as RowReason, language)
  return { code: reason.code, params: reason.params, text }
}
