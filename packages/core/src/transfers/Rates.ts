/**
 * Rates: about what one currency is worth in another, to tell whether two amounts could be one move between them.
 */
export interface KnownRate {
  readonly from: string
  readonly to: string
  /** Units of `to` for one of `from`. */
  readonly rate: number
  readonly day: string
}

/** Kroner for one: the yearly averages of 2024 (Norges Bank, exchange rates), for who has not changed any money yet. */
const kroner: Readonly<Record<string, number>> = {
  NOK: 1,
  EUR: 11.63,
  USD: 10.75,
  GBP: 13.74,
  SEK: 1.017,
  DKK: 1.559,
  CHF: 12.21,
  PLN: 2.7
}

const daysApart = (one: string, other: string) => Math.abs(Date.parse(one) - Date.parse(other))

/** What the person got nearest to that day, either way, or what is usual; null for a currency that nothing is known of. */
export const rateOn = (from: string, to: string, day: string, known: ReadonlyArray<KnownRate>): number | null => {
  const own = known
    .flatMap((rate) => {
      if (rate.from === from && rate.to === to) return [rate]
      return rate.from === to && rate.to === from ? [{ ...rate, rate: 1 / rate.rate }] : []
    })
    .toSorted((one, other) => daysApart(one.day, day) - daysApart(other.day, day))
  if (own[0] !== undefined) return own[0].rate
  const [one, other] = [kroner[from], kroner[to]]
  return one === undefined || other === undefined ? null : one / other
}
