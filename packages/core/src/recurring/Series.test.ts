import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { type Draw, drawFrom } from "../demo/Draw.ts"
import { addDays } from "../ledger/Day.ts"
import { most, type Payment, type Series, seriesOf } from "./Series.ts"

const kr = (kroner: number) => BigInt(Math.round(kroner * 100))

const payment = (day: string, kroner: number, id = `${day} ${kroner}`): Payment => ({ id, day, amount: -kr(kroner) })
const payments = (...days: ReadonlyArray<readonly [day: string, kroner: number]>) => days.map((each) => payment(...each))

/** Each month of a year that is not over, on the date. */
const months = (date: number, kroner: number, from = 1, to = 12, year = 2025) =>
  Array.from({ length: to - from + 1 }, (_, nth) =>
    payment(`${year}-${String(from + nth).padStart(2, "0")}-${String(date).padStart(2, "0")}`, kroner)
  )

const told = ({ cadence, expected_amount, next_on, payments }: Series) => ({
  cadence,
  kroner: Number(expected_amount) / 100,
  next_on,
  times: payments.length
})
const found = (all: ReadonlyArray<Payment>) => seriesOf(all).map(told)

describe("what comes back is found", () => {
  it("Spotify, and after its price rose, at the new price", () =>
    assert.deepStrictEqual(found([...months(4, 129, 1, 8), ...months(4, 139, 9, 10)]), [
      { cadence: "monthly", kroner: -139, next_on: "2025-11-04", times: 10 }
    ]))

  it("Tibber, which costs another sum every month, more in winter", () => {
    const power = [1486, 1390, 1105, 802, 560, 402, 377, 415, 533].map((kroner, nth) => payment(`2025-0${nth + 1}-18`, kroner))
    assert.deepStrictEqual(found(power), [{ cadence: "monthly", kroner: -415, next_on: "2025-10-18", times: 9 }])
  })

  it("the pay of the 12th, which comes on the working day before a weekend, less tax in December and more in June", () =>
    assert.deepStrictEqual(
      found(
        payments(
          ["2025-01-10", 36_412],
          ["2025-02-12", 36_412],
          ["2025-03-12", 36_412],
          ["2025-04-11", 36_412],
          ["2025-05-12", 36_412],
          ["2025-06-12", 44_180],
          ["2025-07-11", 36_412],
          ["2025-08-12", 36_412],
          ["2025-09-12", 36_412],
          ["2025-10-10", 36_412],
          ["2025-11-12", 36_412],
          ["2025-12-12", 40_320]
        )
      ).map(({ cadence, next_on, times }) => ({ cadence, next_on, times })),
      [{ cadence: "monthly", next_on: "2026-01-12", times: 12 }]
    ))

  it("what falls on the last of the month, whichever that is", () =>
    assert.deepStrictEqual(found(payments(["2025-01-31", 25], ["2025-02-28", 25], ["2025-03-31", 25], ["2025-04-30", 25])), [
      { cadence: "monthly", kroner: -25, next_on: "2025-05-31", times: 4 }
    ]))

  it("a kindergarten that takes no money in July", () =>
    assert.deepStrictEqual(found([...months(15, 2315, 3, 6), ...months(15, 2315, 8, 11)]), [
      { cadence: "monthly", kroner: -2315, next_on: "2025-12-15", times: 8 }
    ]))

  it("insurance every quarter, and a membership every year, paid twice at nearly the same price", () => {
    const insurance = payments(["2025-01-10", 3912], ["2025-04-10", 3912], ["2025-07-10", 4218], ["2025-10-10", 4218])
    assert.deepStrictEqual(found(insurance), [{ cadence: "quarterly", kroner: -4218, next_on: "2026-01-10", times: 4 }])
    const membership = payments(["2024-03-12", 695], ["2025-03-14", 720])
    assert.deepStrictEqual(found(membership), [{ cadence: "yearly", kroner: -720, next_on: "2026-03-14", times: 2 }])
  })

  it("yoga every Tuesday but in the summer, booked a day late now and then", () => {
    const class_ = ["04-01", "04-08", "04-15", "04-23", "04-29", "05-06", "05-13", "05-20", "08-05", "08-12", "08-19", "08-26"]
    assert.deepStrictEqual(found(class_.map((day) => payment(`2025-${day}`, 180))), [
      { cadence: "weekly", kroner: -180, next_on: "2025-09-02", times: 12 }
    ])
  })

  it("two subscriptions at one shop, by their amounts or by their days", () => {
    const telenor = [...months(16, 698, 1, 6), ...months(16, 349, 1, 6)]
    assert.sameDeepMembers(found(telenor), [
      { cadence: "monthly", kroner: -698, next_on: "2025-07-16", times: 6 },
      { cadence: "monthly", kroner: -349, next_on: "2025-07-16", times: 6 }
    ])
    const apple = [...months(9, 39, 1, 6), ...months(23, 39, 1, 6)]
    assert.sameDeepMembers(found(apple), [
      { cadence: "monthly", kroner: -39, next_on: "2025-07-09", times: 6 },
      { cadence: "monthly", kroner: -39, next_on: "2025-07-23", times: 6 }
    ])
  })

  it("a subscription among other things bought in the same shop", () =>
    assert.deepStrictEqual(
      found([
        ...months(9, 39, 1, 8),
        ...payments(["2025-02-20", 129], ["2025-03-02", 15], ["2025-06-11", 249], ["2025-06-12", 12])
      ]),
      [{ cadence: "monthly", kroner: -39, next_on: "2025-09-09", times: 8 }]
    ))

  it("one that has ended, by what there was of it", () =>
    assert.deepStrictEqual(found(months(11, 109, 1, 5)), [{ cadence: "monthly", kroner: -109, next_on: "2025-06-11", times: 5 }]))

  it("99 of 100 payments of a fixed sum that come some days early or late, and are once missed", () => {
    const lives = Array.from({ length: 500 }, (_, seed) => {
      const draw = drawFrom(seed)
      const date = draw.between(6, 23)
      const kroner = draw.between(40, 2_000)
      const missed = draw.between(2, 9)
      return Array.from({ length: draw.between(8, 18) }, (_, month) => month)
        .filter((month) => month !== missed)
        .map((month) => {
          const due = new Date(Date.UTC(2024, month, date)).toISOString().slice(0, 10)
          return payment(addDays(due, draw.pick([0, 0, 0, 1, 1, -1, 2, -2, 3, -3, 4, 5, -5])), kroner)
        })
    })
    const isWhole = (drifting: ReadonlyArray<Payment>) => {
      const [series, ...others] = seriesOf(drifting)
      return series?.cadence === "monthly" && series.payments.length >= 0.7 * drifting.length && others.length === 0
    }
    assert.isAtLeast(lives.filter(isWhole).length, 495)
  })
})

describe("what does not come back is not found", () => {
  const every = (draw: Draw, least: number, mostDays: number, price: () => number, count = 60) => {
    let day = "2025-01-02"
    return Array.from({ length: count }, (_, nth) => {
      day = addDays(day, draw.between(least, mostDays))
      return payment(day, price(), `p${String(nth).padStart(3, "0")}`)
    })
  }

  it("coffee at one price, groceries at any, petrol: in a hundred people's years of it one may look like it", () => {
    const mistaken = Array.from({ length: 100 }, (_, seed) => {
      const draw = drawFrom(seed)
      const coffee = every(draw, 1, 4, () => 39)
      const groceries = every(draw, 1, 5, () => draw.between(60, 900))
      const petrol = every(draw, 6, 21, () => draw.between(500, 900), 30)
      return [coffee, groceries, petrol].flatMap(seriesOf)
    }).flat()
    assert.isAtMost(mistaken.length, 1)
  })

  it("the weekly shopping, which is another sum each Saturday", () => {
    const draw = drawFrom("saturdays")
    const saturdays = Array.from({ length: 30 }, (_, nth) => payment(addDays("2025-01-04", 7 * nth), draw.between(420, 1_290)))
    assert.deepStrictEqual(found(saturdays), [])
  })

  it("two purchases, nor three within a week", () => {
    assert.deepStrictEqual(found(payments(["2025-01-10", 99], ["2025-02-10", 99])), [])
    assert.deepStrictEqual(found(payments(["2025-01-10", 99], ["2025-01-12", 99], ["2025-01-14", 99])), [])
    assert.deepStrictEqual(found([]), [])
  })
})

describe("1: a payment is in one series", () => {
  const drawn = (draw: Draw): ReadonlyArray<Payment> =>
    Array.from({ length: draw.between(0, 60) }, (_, nth) =>
      payment(addDays("2024-01-01", draw.below(700)), draw.pick([39, 39, 129, draw.between(10, 900)]), `p${nth}`)
    )

  it.prop(
    "or in none, and the order that they are given in does not matter",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))],
    ([seed]) => {
      const draw = drawFrom(seed)
      const all = [...drawn(draw), ...months(draw.between(1, 28), 249)]
      const series = seriesOf(all)
      const ids = series.flatMap(({ payments }) => payments.map(({ id }) => id))
      assert.strictEqual(new Set(ids).size, ids.length)
      const shuffled = all.map((each) => ({ each, at: draw.below(1_000_000) })).toSorted((one, other) => one.at - other.at)
      assert.deepStrictEqual(seriesOf(shuffled.map(({ each }) => each)), series)
    },
    { arbitrary: { runs: 200 } }
  )

  it("4: no more than the latest are looked at, however many there are", () => {
    const old = months(4, 129, 1, 12, 2015)
    const since = Array.from({ length: most }, (_, nth) => payment(addDays("2024-01-01", 2 * nth), 10 + 7 * nth))
    assert.deepStrictEqual(found([...old, ...since]), [])
  })
})
