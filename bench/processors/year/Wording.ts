/**
 * Wording: how each bank writes what happened, after the exports described in the tracker's own presets and the banks' files:
 * SpareBank 1, DNB, Sbanken, and a bank that writes little.
 */
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import type { Day } from "@finance/core/ledger/Day"
import type { Account, Bank } from "./Year.ts"

const date = (day: Day) => `${day.slice(8)}.${day.slice(5, 7)}`
const fullDate = (day: Day) => `${date(day)}.${day.slice(2, 4)}`
const decimals = (cents: bigint, point: string) => `${cents / 100n}${point}${String(cents % 100n).padStart(2, "0")}`

/** `KIWI TORSHOV` as DNB has it: `Kiwi Torshov`. */
const capitalised = (text: string) =>
  text.toLowerCase().replace(/(^|[\s\-/.*&])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase())

const streets = [
  "Storgata 1",
  "Kirkeg. 12",
  "Torggata 5",
  "Parkveien 33",
  "Strandg. 8",
  "Kongensg. 21",
  "Sjøgata 4",
  "Bakkeg. 17"
]

/** The card's last four digits of an account, always the same. */
const cardOf = (account: Account) => String(drawFrom(`card ${account.number}`).between(1000, 9999))
const streetOf = (shop: string) => drawFrom(`street ${shop}`).pick(streets)

/** The number that payments of a credit card's bill carry. */
const kidOf = (account: Account) => `00${account.number}7`

export interface Purchase {
  readonly account: Account
  /** When it was bought, which may be before it was booked. */
  readonly bought: Day
  readonly shop: string
  readonly town: string
  /** Øre, positive. */
  readonly amount: bigint
}

export const purchaseText = (draw: Draw, { account, bought, shop, town, amount }: Purchase): string => {
  const kroner = decimals(amount, ".")
  const withCard = `*${cardOf(account)} ${date(bought)} NOK ${kroner} ${shop} Kurs: 1.0000`
  if (account.type === "credit") return account.bank === "dnb" ? `${shop}, ${town}` : draw.chance(50) ? withCard : shop
  const texts: Readonly<Record<Bank, () => string>> = {
    sparebank1: () => (draw.chance(60) ? shop : withCard),
    dnb: () => {
      const time = `${String(draw.between(8, 21)).padStart(2, "0")}.${String(draw.below(60)).padStart(2, "0")}`
      return `Varekjøp ${capitalised(shop).slice(0, 17)} ${streetOf(shop)} ${capitalised(town)} Dato ${date(bought)} kl. ${time}`
    },
    sbanken: () =>
      draw.chance(50) ? withCard : `${date(bought)} ${shop.slice(0, 15)} ${streetOf(shop).toUpperCase().slice(0, 12)} ${town}`,
    other: () => (draw.chance(85) ? shop : `Varekjøp ${shop}`)
  }
  return texts[account.bank]()
}

export interface Abroad extends Purchase {
  readonly currency: string
  /** Cents of that currency. */
  readonly cents: bigint
  /** Kroner for one. */
  readonly rate: number
}

/** A purchase over the net or in another country. */
export const abroadText = ({ account, bought, shop, currency, cents, rate }: Abroad): string =>
  account.bank === "dnb"
    ? `Visa  100${cardOf(account).slice(1)}  ${capitalised(currency)} ${decimals(cents, ",")} ${capitalised(shop)}Valutakurs: ${rate.toFixed(4).replace(".", ",")}`
    : `*${cardOf(account)} ${date(bought)} ${currency} ${decimals(cents, ".")} ${shop} Kurs: ${rate.toFixed(4)}`

/** A bill paid through the bank: by hand with KID, or drawn by AvtaleGiro. */
export const billText = (draw: Draw, bank: Bank, payee: string, day: Day): string => {
  const texts: Readonly<Record<Bank, () => string>> = {
    sparebank1: () =>
      draw.chance(75) ? `Nettgiro til: ${payee} Betalt: ${fullDate(day)}` : `AvtaleGiro til: ${payee} Betalt: ${fullDate(day)}`,
    dnb: () => `Giro  ${draw.between(100, 999)} ${capitalised(payee)} ${draw.pick(["Avtalegiro", "Efaktura", "Mobil Betaling"])}`,
    sbanken: () => `Nettgiro til: ${payee.slice(0, 15).trim()} Betalt: ${fullDate(day)}`,
    other: () => (draw.chance(70) ? payee : `eFaktura ${payee}`)
  }
  return texts[bank]()
}

/** Money to somebody's account, or from it. */
export const paymentText = (draw: Draw, bank: Bank, name: string, message: string, day: Day, into: boolean): string => {
  const texts: Readonly<Record<Bank, () => string>> = {
    sparebank1: () => `${into ? "Fra" : "Til"}: ${name} Betalt: ${fullDate(day)}`,
    dnb: () => `Overføring Innland  ${draw.between(100, 999)} ${name}${message === "" ? "" : ` ${message}`}`,
    sbanken: () => `${into ? "Fra" : "Til"}: ${name} Betalt: ${fullDate(day)}`,
    other: () => `Overføring ${into ? "fra" : "til"} ${name}`
  }
  return texts[bank]()
}

export const vippsText = (draw: Draw, bank: Bank, name: string, message: string, into: boolean): string => {
  if (bank === "dnb") return `Overføring  ${draw.between(10_000_000, 99_999_999)} ${name} ${message}Tpp: Vipps Mobilepay AS`
  return `Vipps ${into ? "fra" : "til"} ${name}`
}

/** A shop or club that is paid by Vipps. */
export const vippsShopText = (bank: Bank, shop: string): string =>
  bank === "dnb" ? `Visa  100021  Vipps:${capitalised(shop)}` : `Vipps*${capitalised(shop)}`

export const salaryText = (bank: Bank, employer: string): string =>
  bank === "dnb" ? `Lønn  9${drawFrom(employer).between(10_000_000, 99_999_999)} ${capitalised(employer)}` : `Lønn ${employer}`

/** One leg of a move between own accounts, as the bank of that leg writes it: some say where to, some give its number, some nothing. */
export const moveText = (draw: Draw, here: Account, there: Account, day: Day, into: boolean): string => {
  if (here.type === "credit")
    return into
      ? draw.pick(["Innbetaling", "Innbetaling - takk", "Innbetaling fra konto", `Innbetaling KID ${kidOf(here)}`])
      : "Overføring til konto"
  if (there.type === "credit") {
    return here.bank === "dnb"
      ? `Giro  ${draw.between(100, 999)} ${there.name} ${draw.pick(["Efaktura", "Avtalegiro"])}`
      : draw.pick([
          `Betaling ${there.name.toLowerCase()}`,
          `Nettgiro til: ${there.name} Betalt: ${fullDate(day)}`,
          `${there.name} (${there.number})`,
          `Betaling med KID ${kidOf(there)}`
        ])
  }
  const direction = into ? "fra" : "til"
  const texts: Readonly<Record<Bank, ReadonlyArray<string>>> = {
    sparebank1: [
      `Overføring ${direction} ${there.name}`,
      "Overføring mellom egne kontoer",
      `${into ? "Fra" : "Til"}: ${there.name} (${there.number})`,
      `${into ? "Fra" : "Til"}: ${there.number} Betalt: ${fullDate(day)}`
    ],
    dnb: [
      `Kontoregulering  ${draw.between(100, 999)} Mobil Overføring`,
      `Kontoregulering  ${draw.between(100, 999)} Overføring Mellom Egne Konti`,
      `Overføring  ${there.number} ${there.name}`
    ],
    sbanken: [
      `${into ? "Fra" : "Til"}: ${there.name} Betalt: ${fullDate(day)}`,
      `Overføring ${direction} egen konto ${there.number}`,
      "Overføring mellom egne kontoer"
    ],
    other: [`Overføring ${direction} ${there.name}`, "Overføring", `Overføring ${direction} ${there.number}`]
  }
  return draw.pick(texts[here.bank])
}
