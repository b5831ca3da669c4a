import type { Preset } from "../Preset.ts"

/** Nordea Norway's account export. A reservation has a word where a booked line has its date. */
export const nordea: Preset = {
  name: "nordea",
  signature: ["avsender", "mottaker"],
  columns: {
    booking_date: ["bokføringsdato"],
    description: ["tittel", "navn", "mottaker", "avsender", "betalingstype"],
    amount: ["beløp"],
    currency: ["valuta"],
    balance: ["saldo"]
  },
  pending: [{ role: "booking_date", text: /^\s*reservert/i }],
  footer: /^(?:(?:inngående|utgående)\s+)?saldo\b/i
}
