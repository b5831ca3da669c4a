/**
 * RowReason: why a row of a statement was not taken, as a sentence for the person who sent it.
 */
import type { Language } from "../ledger/Explanation.ts"
import type { RowReason } from "./Statement.ts"

type Sentence = Readonly<Record<Language, string>>

const sentences: Readonly<Record<RowReason["code"], Sentence>> = {
  "invalid-date": {
    nb: "«{text}» er ikke en dato.",
    nn: "«{text}» er ikkje ein dato.",
    en: "“{text}” is not a date."
  },
  "invalid-amount": {
    nb: "«{text}» er ikke et beløp som kan leses uten tvil.",
    nn: "«{text}» er ikkje eit beløp som kan lesast utan tvil.",
    en: "“{text}” is not an amount that can be read without doubt."
  },
  "zero-amount": {
    nb: "Beløpet er null, så ingen penger ble flyttet.",
    nn: "Beløpet er null, så ingen pengar vart flytte.",
    en: "The amount is zero, so no money moved."
  },
  "both-amounts": {
    nb: "Raden har både penger inn ({in}) og penger ut ({out}).",
    nn: "Rada har både pengar inn ({in}) og pengar ut ({out}).",
    en: "The row has both money in ({in}) and money out ({out})."
  },
  "missing-amount": {
    nb: "Raden har ikke noe beløp.",
    nn: "Rada har ikkje noko beløp.",
    en: "The row has no amount."
  },
  "missing-description": {
    nb: "Raden har ingen tekst.",
    nn: "Rada har ingen tekst.",
    en: "The row has no description."
  },
  "wrong-currency": {
    nb: "Raden er i {file}, men kontoen er i {account}.",
    nn: "Rada er i {file}, men kontoen er i {account}.",
    en: "The row is in {file}, but the account is in {account}."
  },
  "ragged-row": {
    nb: "Raden har {columns} kolonner, men overskriften har {expected}.",
    nn: "Rada har {columns} kolonnar, men overskrifta har {expected}.",
    en: "The row has {columns} columns, but the header has {expected}."
  },
  "unterminated-quote": {
    nb: "Et anførselstegn på linjen blir aldri lukket.",
    nn: "Eit hermeteikn på linja blir aldri lukka.",
    en: "A quotation mark on the line is never closed."
  },
  pending: {
    nb: "Reservert, ikke bokført ennå. Banken sender den igjen når den er bokført.",
    nn: "Reservert, ikkje bokført enno. Banken sender ho igjen når ho er bokført.",
    en: "Pending, not booked yet. The bank sends it again once it is."
  },
  footer: {
    nb: "Bankens egen oppsummering, ikke en transaksjon.",
    nn: "Banken si eiga oppsummering, ikkje ein transaksjon.",
    en: "The bank's own summary, not a transaction."
  }
}

/** The reason told in the language. */
export const rowReasonText = (reason: RowReason, language: Language): string =>
  sentences[reason.code][language].replace(/\{(\w+)\}/g, (_, name: string) => reason.params[name] ?? "")
