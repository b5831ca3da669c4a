import type { Preset } from "../Preset.ts"

/** Sbanken (Skandiabanken before, DNB now). A reservation is told from a booked line by its type alone. */
export const sbanken: Preset = {
  name: "sbanken",
  signature: ["type"],
  columns: {
    booking_date: ["bokføringsdato"],
    value_date: ["rentedato"],
    external_id: ["arkivreferanse", "arkivref"],
    status: ["type"],
    description: ["tekst"],
    money_out: ["ut fra konto"],
    money_in: ["inn på konto"]
  },
  pending: [{ role: "status", text: /^\s*(?:bekreftet visa|varekjøp)\s*$/i }],
  footer: /^(?:(?:inngående|utgående)\s+)?saldo\b/i
}
