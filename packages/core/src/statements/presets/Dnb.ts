import type { Preset } from "../Preset.ts"

/**
 * DNB's "Last ned fil" of an account, CSV or TXT. Two generations: amounts bare with a decimal point under `Ut fra konto`, and
 * quoted with a decimal comma under `Uttak`. Both columns are positive.
 */
export const dnb: Preset = {
  name: "dnb",
  signature: [],
  columns: {
    booking_date: ["dato"],
    value_date: ["rentedato"],
    description: ["forklaring"],
    money_out: ["ut fra konto", "uttak", "uttak fra konto"],
    money_in: ["inn på konto", "innskudd", "innskudd på konto"]
  },
  pending: [{ role: "description", text: /reservert transaksjon\s*$/i }],
  footer: /^(?:(?:inngående|utgående)\s+)?saldo\b/i
}
