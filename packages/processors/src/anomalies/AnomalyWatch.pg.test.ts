import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { AnomalyType } from "@finance/core/anomalies/Anomaly"
import * as Anomaly from "@finance/core/anomalies/Anomaly"
import { carryOut } from "@finance/core/event-store/Decider"
import { addDays } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import * as TestLedger from "../TestLedger.ts"
import { files, handOver, kr, type Line, logOf, opens, orders, type Person, receives, workThrough } from "../TestLedger.ts"
import { projections } from "../projections/Projections.ts"
import { anomalyWatch } from "./AnomalyWatch.ts"
import { arrive, brings, complete } from "./TestImports.ts"

const line = (day: string, kroner: number, description: string): Line => ({ day, amount: -kr(kroner), description })

/** A year of ordinary life from January on: groceries twice a week, coffee, power, a subscription, rent. */
const ordinary = (year = 2025, weeks = 40): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (let week = 0; week < weeks; week++) {
    const monday = addDays(`${year}-01-06`, 7 * week)
    lines.push(line(monday, 180 + ((week * 37) % 240) + 0.9, "REMA 1000 SAGENE"))
    lines.push(line(addDays(monday, 3), 210 + ((week * 53) % 260) + 0.5, "REMA 1000 SAGENE"))
    lines.push(line(addDays(monday, 1), 49, "KAFFEBRENNERIET TORSHOV"), line(addDays(monday, 2), 49, "KAFFEBRENNERIET TORSHOV"))
    lines.push(line(addDays(monday, 4), 120 + ((week * 71) % 300), "CLAS OHLSON STORO"))
  }
  for (let month = 1; month <= weeks / 4.4; month++) {
    const of = `${year}-${String(month).padStart(2, "0")}`
    lines.push(
      line(`${of}-04`, 189, "SPOTIFY STOCKHOLM"),
      line(`${of}-18`, 700 + month * 40, "Nettgiro til: Tibber Norge AS Betalt: 18")
    )
  }
  return lines.toSorted((one, other) => (one.day < other.day ? -1 : 1))
}

/** A person with an ordinary year behind them. */
const settled = Effect.gen(function* () {
  const person = yield* opens()
  yield* brings(person, ordinary().toReversed())
  return person
})

/** What the person is told: the open and dismissed anomalies, as the read model has them, by type and transaction. */
const shown = Effect.fnUntraced(function* ({ owner_id }: Person) {
  yield* workThrough()
  yield* handOver(projections)
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{
    id: string
    anomaly_type: AnomalyType
    transaction_id: string
    status: string
    evidence: ReadonlyArray<string>
  }>`
    SELECT id, anomaly_type, transaction_id, status, evidence FROM anomalies WHERE owner_id = ${owner_id} ORDER BY position`
})

const told = (person: Person) =>
  Effect.map(shown(person), (rows) =>
    rows
      .filter(({ status }) => status === "open")
      .map(({ anomaly_type, transaction_id }) => [anomaly_type, transaction_id] as const)
  )

const dismisses = Effect.fnUntraced(function* (person: Person, transaction_id: string) {
  const found = (yield* shown(person)).find((row) => row.transaction_id === transaction_id)
  assert.isDefined(found, "there is nothing to dismiss")
  const on = { stream_id: found!.id, owner_id: person.owner_id, metadata: { actor: person.owner_id } }
  yield* carryOut(Anomaly.decider, on, { command: "Dismiss" })
})

const pays = (person: Person, day: string, kroner: number, description: string) =>
  receives(person, line(day, kroner, description), "manual").pipe(
    Effect.tap((id) =>
      orders(person, id, {
        command: "Categorize",
        category: /REMA/.test(description) ? "groceries" : "shopping",
        confidence: 0.99,
        source: "rule",
        merchant_name: /REMA/.test(description) ? "REMA 1000" : /CLAS/.test(description) ? "Clas Ohlson" : description,
        explanation: { code: "category.unknown", params: {} },
        alternatives: []
      })
    )
  )

layer(TestLedger.still, { excludeTestServices: true })("a person with an ordinary year behind them", (it) => {
  it.effect("hears nothing of it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told(yield* settled), [])
    })
  )

  it.effect("hears of a purchase many times what they pay there", () =>
    Effect.gen(function* () {
      const person = yield* settled
      yield* pays(person, "2025-11-01", 460, "REMA 1000 SAGENE")
      const dear = yield* pays(person, "2025-11-03", 3_400, "REMA 1000 SAGENE")
      assert.deepStrictEqual(yield* told(person), [["unusual_amount", dear]])
    })
  )

  it.effect("hears of a large amount to somebody they never paid, and not of a small one", () =>
    Effect.gen(function* () {
      const person = yield* settled
      yield* pays(person, "2025-11-03", 340, "Bratli Keramikk")
      const large = yield* pays(person, "2025-11-04", 14_900, "Nordic Gadget Outlet")
      assert.deepStrictEqual(yield* told(person), [["unusual_merchant", large]])
    })
  )

  it.effect("hears of each charge after the first of what was charged three times, and of which it repeats", () =>
    Effect.gen(function* () {
      const person = yield* settled
      const first = yield* pays(person, "2025-11-03", 389, "CLAS OHLSON STORO")
      const second = yield* pays(person, "2025-11-04", 389, "CLAS OHLSON STORO")
      const third = yield* pays(person, "2025-11-05", 389, "CLAS OHLSON STORO")
      const found = yield* shown(person)
      assert.deepStrictEqual(
        found.map(({ anomaly_type, transaction_id, evidence }) => [anomaly_type, transaction_id, evidence]),
        [
          ["duplicate", second, [first]],
          ["duplicate", third, [first, second]]
        ]
      )
    })
  )

  it.effect("hears of what they wrote by hand when the bank brings it too, a day later", () =>
    Effect.gen(function* () {
      const person = yield* settled
      yield* pays(person, "2025-11-03", 389, "CLAS OHLSON STORO")
      const [brought] = yield* brings(person, [line("2025-11-04", 389, "CLAS OHLSON STORO")])
      assert.deepStrictEqual(yield* told(person), [["duplicate", brought!]])
    })
  )

  it.effect("hears of a subscription that became dearer, once", () =>
    Effect.gen(function* () {
      const person = yield* settled
      const later = ["2025-10-04", "2025-11-04", "2025-12-04"].map((day) => line(day, 219, "SPOTIFY STOCKHOLM"))
      const ids = yield* brings(person, later.toReversed())
      assert.deepStrictEqual(yield* told(person), [["price_change", ids.at(-1)!]])
    })
  )

  it.effect("hears nothing of two tickets, two parkings and two coffees", () =>
    Effect.gen(function* () {
      const person = yield* settled
      const pairs = ["RUTER ENKELTBILLETT", "EASYPARK AS", "ESPRESSO HOUSE STORO", "NARVESEN 703 OSLO S", "VY APP"]
      yield* brings(
        person,
        pairs.flatMap((text) => [line("2025-11-03", 84, text), line("2025-11-03", 84, text)])
      )
      assert.deepStrictEqual(yield* told(person), [])
    })
  )

  it.effect("hears nothing of pay, savings, cash and friends, whatever the amount", () =>
    Effect.gen(function* () {
      const person = yield* settled
      const moves = ["Overføring til Sparekonto", "Vipps til Kari Nordmann", "Minibank Storo", "Terminbeløp boliglån"]
      yield* brings(person, [
        ...moves.flatMap((text) => [line("2025-11-03", 45_000, text), line("2025-11-03", 45_000, text)]),
        { day: "2025-11-03", amount: kr(60_000), description: "Lønn FJELLTUN AS" },
        { day: "2025-11-03", amount: kr(60_000), description: "Lønn FJELLTUN AS" }
      ])
      assert.deepStrictEqual(yield* told(person), [])
    })
  )
})

layer(TestLedger.still, { excludeTestServices: true })("a file", (it) => {
  const year = [
    ...ordinary(),
    line("2025-06-03", 3_900, "REMA 1000 SAGENE"),
    line("2025-07-01", 12_400, "NORDIC GADGET OUTLET"),
    line("2025-05-05", 349, "CLAS OHLSON STORO"),
    line("2025-05-06", 349, "CLAS OHLSON STORO")
  ].toSorted((one, other) => (one.day < other.day ? -1 : 1))

  it.effect("tells the same whether it begins with its newest line or its oldest", () =>
    Effect.gen(function* () {
      const answers: Array<unknown> = []
      for (const lines of [year, year.toReversed()]) {
        const person = yield* opens()
        const ids = yield* brings(person, lines)
        const found = new Map((yield* told(person)).map(([type, id]) => [id, type]))
        answers.push(
          lines.flatMap(({ day }, index) => (found.has(ids[index]!) ? [`${day} ${found.get(ids[index]!)}`] : [])).toSorted()
        )
      }
      assert.deepStrictEqual(answers[0], ["2025-05-06 duplicate", "2025-06-03 unusual_amount", "2025-07-01 unusual_merchant"])
      assert.deepStrictEqual(answers[1], answers[0])
    })
  )

  it.effect("that is all of what is known raises no alarm at every shop being new", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const shops = ["BRATLI", "FURULY", "KVERNDAL", "LYNGHEIM", "SOLTUN", "BEKKELIA"]
      yield* brings(
        person,
        shops.map((shop, index) => line(`2025-03-0${index + 1}`, 1_000 + index * 3_000, `${shop} HANDEL`))
      )
      assert.deepStrictEqual(yield* told(person), [])
    })
  )

  it.effect("of old lines is looked at all the same, and marked as no news", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* brings(person, year)
      yield* shown(person)
      const late = (yield* logOf([person])).flatMap(({ event }) => (event.type === "AnomalyDetected" ? [event.late] : []))
      assert.deepStrictEqual(late, [true, true, true])
    })
  )

  it.effect("is looked at when it is complete, and not before", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const import_id = newId()
      const ids = yield* arrive(person, import_id, year)
      yield* workThrough()
      yield* files(person, ids.at(-1)!, "groceries")
      assert.deepStrictEqual(yield* told(person), [])
      yield* complete(person, import_id)
      assert.lengthOf(yield* told(person), 3)
    })
  )
})

layer(TestLedger.still, { excludeTestServices: true })("an anomaly", (it) => {
  const doubled = Effect.gen(function* () {
    const person = yield* settled
    const first = yield* pays(person, "2025-11-03", 389, "CLAS OHLSON STORO")
    const second = yield* pays(person, "2025-11-04", 389, "CLAS OHLSON STORO")
    assert.deepStrictEqual(yield* told(person), [["duplicate", second]])
    return { person, first, second }
  })

  it.effect("closes when its transaction is deleted, and is told again when that is restored", () =>
    Effect.gen(function* () {
      const { person, second } = yield* doubled
      yield* orders(person, second, { command: "Delete" })
      assert.deepStrictEqual(yield* told(person), [])
      yield* orders(person, second, { command: "Restore" })
      assert.deepStrictEqual(yield* told(person), [["duplicate", second]])
    })
  )

  it.effect("closes when the other of the two charges is deleted", () =>
    Effect.gen(function* () {
      const { person, first } = yield* doubled
      yield* orders(person, first, { command: "Delete" })
      assert.deepStrictEqual(yield* told(person), [])
    })
  )

  it.effect("closes when the person says that it is a transfer, or another shop's", () =>
    Effect.gen(function* () {
      const one = yield* doubled
      yield* files(one.person, one.second, "transfer")
      assert.deepStrictEqual(yield* told(one.person), [])
      const other = yield* doubled
      yield* orders(other.person, other.second, { command: "Update", merchant_name: "Biltema" })
      assert.deepStrictEqual(yield* told(other.person), [])
    })
  )

  it.effect("that was dismissed stays so, and teaches what is usual at that shop", () =>
    Effect.gen(function* () {
      const person = yield* settled
      const party = yield* pays(person, "2025-11-03", 3_400, "REMA 1000 SAGENE")
      yield* dismisses(person, party)
      yield* pays(person, "2025-11-10", 3_300, "REMA 1000 SAGENE")
      assert.deepStrictEqual(yield* told(person), [])
      const dearer = yield* pays(person, "2025-11-17", 19_000, "REMA 1000 SAGENE")
      assert.deepStrictEqual(yield* told(person), [["unusual_amount", dearer]])
      yield* orders(person, party, { command: "Update", notes: "Bursdag" })
      assert.deepStrictEqual(yield* told(person), [["unusual_amount", dearer]])
    })
  )

  it.effect("of a double charge raises the bar at that shop each time it is dismissed, and at no other", () =>
    Effect.gen(function* () {
      const person = yield* settled
      const twice = Effect.fnUntraced(function* (day: string, text: string, kroner: number) {
        yield* pays(person, day, kroner, text)
        return yield* pays(person, day, kroner, text)
      })
      for (const day of ["2025-11-03", "2025-11-13"])
        yield* dismisses(person, yield* twice(day, "CLAS OHLSON STORO", 300 + Number(day.slice(8))))
      yield* twice("2025-11-23", "CLAS OHLSON STORO", 409)
      assert.deepStrictEqual(yield* told(person), [])
      const elsewhere = yield* twice("2025-11-24", "REMA 1000 SAGENE", 409)
      assert.deepStrictEqual(yield* told(person), [["duplicate", elsewhere]])
    })
  )

  it.effect("and what it taught are one person's own", () =>
    Effect.gen(function* () {
      const [kari, ola] = [yield* settled, yield* settled]
      const hers = yield* pays(kari, "2025-11-03", 3_400, "REMA 1000 SAGENE")
      yield* dismisses(kari, hers)
      const his = yield* pays(ola, "2025-11-04", 3_400, "REMA 1000 SAGENE")
      assert.deepStrictEqual(yield* told(kari), [])
      assert.deepStrictEqual(yield* told(ola), [["unusual_amount", his]])
    })
  )

  it.effect("is told once, whoever goes through the log again", () =>
    Effect.gen(function* () {
      const { person } = yield* doubled
      const sql = yield* SqlClient.SqlClient
      const before = yield* logOf([person])
      yield* sql`TRUNCATE anomaly_lines, anomaly_imports, anomaly_habits, anomaly_findings, anomaly_lessons`
      yield* sql`DELETE FROM checkpoints WHERE processor = 'anomalies'`
      yield* handOver(anomalyWatch)
      assert.strictEqual((yield* logOf([person])).length, before.length)
    })
  )
})
