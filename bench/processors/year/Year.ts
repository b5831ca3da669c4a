/**
 * Year: twelve to eighteen months of one invented person's money as their banks would write it, with the truth beside it: what recurs,
 * what only moved between their own accounts, and (Injection) what is out of the ordinary.
 *
 * The world first, words last. A person with a town, an income and habits is drawn (Persona); habits and obligations become lines
 * (Everyday, Standing, Moves, Journeys); the bank's wording is put on as each line is made (Wording). Nothing here knows of a detector,
 * nor of the tracker's list of merchants.
 */
import type { AccountType } from "@finance/core/ledger/Account"
import type { Day } from "@finance/core/ledger/Day"

export type Bank = "sparebank1" | "dnb" | "sbanken" | "other"

export interface Account {
  /** `checking`, `savings`, `credit`, `euro`: what it is called here. */
  readonly key: string
  /** What its owner calls it, and what other accounts' texts call it. */
  readonly name: string
  readonly type: AccountType
  readonly currency: "NOK" | "EUR"
  /** Eleven digits that are nobody's. */
  readonly number: string
  readonly bank: Bank
  /** Minor units, on the morning of the first day. */
  readonly opening_balance: bigint
}

/** What kind of thing happened, for injection and for telling who reads a report what was missed. */
export type Nature = "purchase" | "bill" | "subscription" | "income" | "move" | "person" | "refund" | "bank"

export interface Line {
  readonly id: string
  readonly account: string
  /** The day the bank booked it. */
  readonly day: Day
  readonly description: string
  /** Minor units of the account's currency; negative is money out. */
  readonly amount: bigint
  readonly nature: Nature
  /** The shop, payee or person, the same for all its lines however they are worded. */
  readonly who: string
  /** Whether the same amount there on the next day is as it should be: tickets, cafés, canteens, parking, kiosks. */
  readonly repeats: boolean
  /** The other side's account number, where the bank has a column for it. */
  readonly counterpart: string
}

export type Cadence = "weekly" | "monthly" | "quarterly" | "yearly"

/** Payments that are one obligation or one arrangement: the same to the same, at the same beat. */
export interface Series {
  readonly name: string
  readonly cadence: Cadence
  readonly kind: "payment" | "income" | "saving"
  /** Whether the amount is another every time, as power's is. */
  readonly varies: boolean
  /** Ids of its lines, oldest first. */
  readonly lines: ReadonlyArray<string>
}

export type AnomalyType = "unusual_amount" | "unusual_merchant" | "duplicate" | "price_change"

export interface Anomaly {
  readonly type: AnomalyType
  /** Of a duplicate the later line, of a new price the first one that has it. */
  readonly line: string
  /** What it is out of the ordinary against: the first charge of a duplicate, the last line at the old price. */
  readonly beside: string | null
}

export interface Truth {
  readonly series: ReadonlyArray<Series>
  /** Both legs of each move between own accounts, money out first. */
  readonly transfers: ReadonlyArray<readonly [out: string, into: string]>
  readonly anomalies: ReadonlyArray<Anomaly>
}

export interface Year {
  readonly seed: number
  readonly town: string
  readonly from: Day
  readonly to: Day
  readonly accounts: ReadonlyArray<Account>
  /** Oldest first, and of one day in the order of booking. */
  readonly lines: ReadonlyArray<Line>
  readonly truth: Truth
}
