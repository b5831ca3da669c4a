/**
 * Rates: what a unit of a currency cost in kroner in each year, roughly: just near enough to tell whether two amounts can be one move.
 *
 * Source: Norges Bank, annual averages of exchange rates, rounded; a year that is not here has the rate of the nearest one.
 */
const kroner: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  EUR: {
    2015: 8.95,
    2016: 9.29,
    2017: 9.33,
    2018: 9.6,
    2019: 9.85,
    2020: 10.72,
    2021: 10.16,
    2022: 10.1,
    2023: 11.42,
    2024: 11.63
  },
  USD: { 2015: 8.07, 2016: 8.4, 2017: 8.27, 2018: 8.13, 2019: 8.8, 2020: 9.4, 2021: 8.6, 2022: 9.61, 2023: 10.56, 2024: 10.74 },
  GBP: {
    2015: 12.34,
    2016: 11.37,
    2017: 10.65,
    2018: 10.85,
    2019: 11.24,
    2020: 12.06,
    2021: 11.83,
    2022: 11.84,
    2023: 13.13,
    2024: 13.74
  },
  SEK: {
    2015: 0.957,
    2016: 0.982,
    2017: 0.968,
    2018: 0.936,
    2019: 0.93,
    2020: 1.022,
    2021: 1.002,
    2022: 0.951,
    2023: 0.996,
    2024: 1.017
  },
  DKK: {
    2015: 1.2,
    2016: 1.248,
    2017: 1.254,
    2018: 1.288,
    2019: 1.319,
    2020: 1.438,
    2021: 1.366,
    2022: 1.358,
    2023: 1.533,
    2024: 1.559
  },
  CHF: {
    2015: 8.38,
    2016: 8.52,
    2017: 8.4,
    2018: 8.31,
    2019: 8.86,
    2020: 10.01,
    2021: 9.4,
    2022: 10.06,
    2023: 11.76,
    2024: 12.21
  }
}

const inKroner = (currency: string, year: number): number | null => {
  if (currency === "NOK") return 1
  const years = kroner[currency]
  if (years === undefined) return null
  const nearest = Object.keys(years)
    .map(Number)
    .reduce((best, each) => (Math.abs(each - year) < Math.abs(best - year) ? each : best))
  return years[nearest]!
}

/** How much of the second currency one of the first was worth that year; null where one of them is not known here. */
export const rateOf = (from: string, to: string, year: number): number | null => {
  const [one, other] = [inKroner(from, year), inKroner(to, year)]
  return one === null || other === null ? null : one / other
}
