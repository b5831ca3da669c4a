/**
 * Obligations: what a person owes again and again, and to whom: the home, the contracts, the subscriptions; drawn by where they live, what
 * they earn and who lives with them. Power, tolls and mobile usage vary; some subscriptions begin and some end within the year.
 */
import type { Draw } from "@finance/core/demo/Draw"
import type { Month } from "@finance/core/ledger/Day"
import { numberOf } from "./Calendar.ts"
import { amountAround, pickSome, within } from "./Chance.ts"
import type { Persona } from "./Persona.ts"
import type { Line } from "./Year.ts"

/** Something that comes each month, or each so many months. */
export interface Obligation {
  readonly name: string
  readonly payee: string
  /** Months between, and the month of the year that it falls in where that is more than one. */
  readonly every: 1 | 3 | 12
  readonly anchor?: number
  readonly date: number
  readonly months?: readonly [first: number, last: number]
  /** Kroner (or the currency's units) in this month, the nth of the year from 0. */
  readonly amount: (month: Month, nth: number) => number
  readonly varies?: boolean
  readonly pays: "bill" | "card" | "transfer" | { readonly currency: string; readonly rate: number }
  readonly nature?: Line["nature"]
}

/** Power through the year, against the cheapest month. */
const cold = [4.6, 4.2, 3.4, 2.4, 1.5, 1.1, 1, 1.1, 1.6, 2.5, 3.5, 4.3]

const homeOf = (draw: Draw, { owns, town, pay, children }: Persona): ReadonlyArray<Obligation> => {
  const housing = Math.round((pay * within(draw, 0.26, 0.4)) / 50) * 50
  const size = within(draw, 0.6, 1.4)
  const winter = (month: Month, base: number, share: number) =>
    base * size * (1 + share * (cold[numberOf(month) - 1]! - 1)) * amountAround(draw, 1, 0.12)
  const interest = within(draw, 0, 60)
  const fee = Math.round(within(draw, 2100, 4600))
  return [
    owns
      ? {
          name: "mortgage",
          payee: "TERMINBELØP BOLIGLÅN",
          every: 1,
          date: draw.pick([1, 15, 20]),
          amount: () => housing + within(draw, 0, interest),
          varies: true,
          pays: "bill"
        }
      : {
          name: "rent",
          payee: draw.pick(["HEIMSTADEN BOSTAD AS", "UTLEIEMEGLEREN AS", "KARI NYGÅRD EIENDOM", "FREDENSBORG BOLIG AS"]),
          every: 1,
          date: draw.pick([1, 1, 20]),
          amount: () => housing,
          pays: draw.pick(["bill", "transfer"] as const)
        },
    ...(owns
      ? ([
          {
            name: "common costs",
            payee: draw.pick(["OBOS EIENDOMSFORVALTNING", "USBL", "BORI BBL", "SAMEIET LYSE"]),
            every: 1,
            date: 20,
            amount: () => fee,
            pays: "bill"
          }
        ] as const)
      : []),
    {
      name: "power",
      payee: draw.pick([
        "TIBBER NORGE AS",
        "FJORDKRAFT AS",
        "HAFSLUND STRØM AS",
        "FORTUM STRØM",
        "NORGESENERGI AS",
        "MOTKRAFT AS"
      ]),
      every: 1,
      date: draw.between(12, 20),
      amount: (month) => winter(month, 330, 0.9),
      varies: true,
      pays: "bill"
    },
    {
      name: "grid",
      payee: town.grid.toUpperCase(),
      every: 1,
      date: draw.between(14, 22),
      amount: (month) => winter(month, 340, 0.35),
      varies: true,
      pays: "bill"
    },
    ...(owns && draw.chance(60)
      ? ([
          {
            name: "municipal fees",
            payee: `${town.name} KOMMUNE`,
            every: 3,
            anchor: 3,
            date: 20,
            amount: () => 3000 + Math.round(fee / 2),
            pays: "bill"
          }
        ] as const)
      : []),
    ...(children > 0
      ? ([
          {
            name: "kindergarten",
            payee: draw.pick(["LÆRINGSVERKSTEDET AS", "ESPIRA BARNEHAGER", "SOLBAKKEN BARNEHAGE SA", "FUS BARNEHAGENE"]),
            every: 1,
            date: 15,
            amount: (month: Month) => (numberOf(month) === 7 ? 0 : 2000 * children + 315),
            pays: "bill"
          }
        ] as const)
      : []),
    ...(children > 0 && draw.chance(60)
      ? ([
          {
            name: "football fee",
            payee: "LYN FOTBALL BARN",
            every: 12,
            anchor: draw.between(2, 5),
            date: 10,
            amount: () => 1850,
            pays: "bill"
          }
        ] as const)
      : [])
  ]
}

const dealingsOf = (draw: Draw, persona: Persona): ReadonlyArray<Obligation> => {
  const { car, town, pay } = persona
  const insurers = ["GJENSIDIGE FORSIKRING", "IF SKADEFORSIKRING", "TRYG FORSIKRING", "FREMTIND FORSIKRING", "FRENDE FORSIKRING"]
  const every = draw.pick([1, 1, 3, 12] as const)
  const premium = Math.round((within(draw, 520, 1400) * (car === null ? 0.5 : 1) * every) / 1) + 0.5
  const usage = Math.round(within(draw, 250, 650))
  const optional: ReadonlyArray<Obligation> = [
    {
      name: "union",
      payee: draw.pick(["FAGFORBUNDET", "TEKNA", "NITO", "UTDANNINGSFORBUNDET"]),
      every: 1,
      date: 12,
      amount: () => Math.round(pay * 0.012),
      pays: "bill"
    },
    {
      name: "charity",
      payee: draw.pick(["RØDE KORS", "SOS BARNEBYER", "UNICEF NORGE", "PLAN NORGE"]),
      every: 1,
      date: draw.between(15, 25),
      amount: () => draw.pick([250]),
      pays: "bill"
    },
    {
      name: "savings plan",
      payee: draw.pick(["KRON AS", "NORDNET BANK", "DNB ASSET MANAGEMENT"]),
      every: 1,
      date: draw.between(13, 27),
      amount: () => 1500,
      pays: "transfer"
    },
    { name: "student loan", payee: "LÅNEKASSEN", every: 1, date: 15, amount: () => 1432, pays: "bill" },
    {
      name: "car loan",
      payee: draw.pick(["SANTANDER CONSUMER BANK", "DNB FINANS"]),
      every: 1,
      date: 18,
      amount: () => 2890 + Math.round(pay / 50),
      pays: "bill"
    },
    {
      name: "alarm",
      payee: draw.pick(["VERISURE AS", "SECTOR ALARM AS"]),
      every: 3,
      anchor: draw.between(1, 3),
      date: 10,
      amount: () => 1497,
      pays: "bill"
    },
    {
      name: "magazine",
      payee: "ALLER MEDIA AS",
      every: 3,
      anchor: draw.between(1, 3),
      date: 22,
      amount: () => 399,
      pays: "bill"
    },
    {
      name: "housing association",
      payee: "HUSEIERNES LANDSFORBUND",
      every: 12,
      anchor: draw.between(1, 6),
      date: 12,
      amount: () => 695,
      pays: "bill"
    }
  ]
  return [
    {
      name: "phone",
      payee: draw.pick(["TELENOR NORGE AS", "TELIA NORGE AS", "ICE COMMUNICATION", "TALKMORE AS", "ONECALL"]),
      every: 1,
      date: draw.between(10, 24),
      amount: () => usage,
      pays: "bill"
    },
    ...(draw.chance(75)
      ? ([
          {
            name: "broadband",
            payee: draw.pick(["ALTIBOX AS", "NEXTGENTEL AS", "TELIA BREDBÅND", "GLOBALCONNECT AS"]),
            every: 1,
            date: draw.between(10, 24),
            amount: () => 749,
            pays: "bill"
          }
        ] as const)
      : []),
    {
      name: "insurance",
      payee: draw.pick(insurers),
      every,
      anchor: draw.between(1, 6),
      date: draw.between(5, 20),
      amount: () => premium,
      pays: "bill"
    },
    ...(car === null
      ? []
      : ([
          {
            name: "toll",
            payee: town.toll.toUpperCase(),
            every: 1,
            date: draw.between(18, 26),
            amount: () => amountAround(draw, 340, 0.3),
            varies: true,
            pays: "bill"
          },
          {
            name: "roadside help",
            payee: draw.pick(["NAF", "VIKING REDNING", "FALCK NORGE"]),
            every: 12,
            anchor: draw.between(1, 6),
            date: 14,
            amount: () => 1290,
            pays: "bill"
          }
        ] as const)),
    ...pickSome(draw, optional, draw.between(2, 5))
  ]
}

const services: ReadonlyArray<readonly [payee: string, kroner: number]> = [
  ["SPOTIFY", 129],
  ["NETFLIX.COM", 139],
  ["HBO MAX", 109],
  ["DISNEY PLUS", 119],
  ["VIAPLAY", 399],
  ["TV 2 PLAY", 179],
  ["YOUTUBE PREMIUM", 149],
  ["APPLE.COM/BILL", 39],
  ["GOOGLE ONE", 25],
  ["STORYTEL", 199],
  ["AFTENPOSTEN", 299],
  ["VG PLUSS", 139],
  ["MORGENBLADET", 229],
  ["PODME", 99],
  ["STRIM", 429],
  ["PLAYSTATION PLUS", 95],
  ["FLYT BILVASK", 249],
  ["MINTID YOGA", 189],
  ["BLIVAKKER KLUBB", 79],
  ["LYDBOKFORLAGET", 169],
  ["FABEL", 139],
  ["ADLIBRIS KLUBB", 149]
]
const yearlyServices: ReadonlyArray<readonly [payee: string, kroner: number]> = [
  ["MICROSOFT 365", 1190],
  ["NORTON", 899],
  ["DOMENESHOP", 120]
]
const gyms: ReadonlyArray<readonly [payee: string, kroner: number]> = [
  ["SATS NORWAY", 599],
  ["EVO FITNESS", 429],
  ["FRESH FITNESS", 299],
  ["SKY FITNESS", 379],
  ["TRENINGSHUSET", 349]
]
const overseas = [
  ["OPENAI CHATGPT", 20, "USD", 10.6],
  ["DROPBOX", 11.99, "EUR", 11.6],
  ["GITHUB", 10, "USD", 10.6],
  ["ADOBE CREATIVE", 24.19, "EUR", 11.6],
  ["PROTON AG", 9.99, "EUR", 11.6],
  ["PATREON", 8, "USD", 10.6]
] as const

/** Some run all year, some begin and some end within it. */
const spanOf = (draw: Draw, months: number): readonly [number, number] =>
  draw.chance(65) ? [0, months] : draw.chance(50) ? [draw.between(1, months - 6), months] : [0, draw.between(5, months - 2)]

const subscriptionsOf = (draw: Draw, persona: Persona, months: number): ReadonlyArray<Obligation> => {
  const subscribed = (payee: string, kroner: number): Obligation => ({
    name: payee.toLowerCase(),
    payee,
    every: 1,
    date: draw.between(1, 28),
    months: spanOf(draw, months),
    amount: () => kroner,
    pays: "card",
    nature: "subscription"
  })
  const foreign = pickSome(draw, overseas, draw.pick([0, 1, 1, 2])).map(([payee, price, currency, rate]): Obligation => ({
    ...subscribed(payee, price),
    pays: { currency, rate },
    varies: true
  }))
  const yearly: ReadonlyArray<Obligation> = draw.chance(60)
    ? [
        {
          ...subscribed(...draw.pick(yearlyServices)),
          every: 12,
          anchor: draw.between(1, 6),
          months: [0, months]
        }
      ]
    : []
  return [
    ...pickSome(draw, services, draw.between(4, 9)).map(([payee, kroner]) => subscribed(payee, kroner)),
    ...(draw.chance(65) ? [subscribed(...draw.pick(gyms))] : []),
    ...(draw.chance(persona.car === null ? 70 : 20)
      ? [subscribed(`${persona.town.transit} PERIODEBILLETT`, persona.town.monthly)]
      : []),
    ...foreign,
    ...yearly
  ]
}

/** All that this person owes, in a year of so many months. */
export const obligationsOf = (draw: Draw, persona: Persona, months: number): ReadonlyArray<Obligation> => [
  ...homeOf(draw, persona),
  ...dealingsOf(draw, persona),
  ...subscriptionsOf(draw, persona, months)
]
