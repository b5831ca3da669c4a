import type { Preset } from "../Preset.ts"

/** The web export of every SpareBank 1 bank (`OversiktKonti-…csv`). Money out is negative, in its own column. */
export const spareBank1: Preset = {
  name: "sparebank1",
  signature: ["til konto", "fra konto"],
  columns: {
    booking_date: ["dato"],
    value_date: ["rentedato"],
    description: ["beskrivelse"],
    money_in: ["inn"],
    money_out: ["ut"]
  },
  pending: [],
  footer: /^(?:(?:inngående|utgående)\s+)?saldo\b/i
}
