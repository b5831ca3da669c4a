import { assert, describe, it } from "@effect/vitest"
import { type AccountEvent, decider, evolve, type Open } from "./Account.ts"
import { scenarioOf } from "./Scenario.ts"

const { given } = scenarioOf(decider)

const open: Open = {
  command: "Open",
  account_id: "a1",
  name: "Brukskonto",
  bank_name: "SpareBank 1",
  account_type: "checking",
  currency: "NOK",
  opening_balance: 100_000n,
  opened_on: "2025-01-01"
}
const { command: _, ...fields } = open
const opened: AccountEvent = { type: "AccountOpened", ...fields }
const renamed = (old_name: string, new_name: string): AccountEvent => ({
  type: "AccountRenamed",
  account_id: "a1",
  old_name,
  new_name
})
const closed: AccountEvent = { type: "AccountClosed", account_id: "a1" }
const synced: AccountEvent = { type: "AccountSynced", account_id: "a1", synced_at: "2025-02-01T06:00:00.000Z" }

describe("Account", () => {
  it("is opened with what was on it", () => given().when(open).then(opened))

  it("may be opened in debt, as a credit card or a loan is", () => {
    const debt = { account_type: "credit", opening_balance: -1_250_000n } as const
    given()
      .when({ ...open, ...debt })
      .then({ type: "AccountOpened", ...fields, ...debt })
  })

  it("cannot be opened twice, not even after it was closed", () => {
    given(opened).when(open).thenRefused("already-exists")
    given(opened, closed).when(open).thenRefused("already-exists")
  })

  it("needs a name and a bank that can be seen", () => {
    for (const blank of ["", "  ", "\t\n", "\u00a0"]) {
      given()
        .when({ ...open, name: blank })
        .thenRefused("empty-name")
      given()
        .when({ ...open, bank_name: blank })
        .thenRefused("empty-name")
      given(opened).when({ command: "Rename", name: blank }).thenRefused("empty-name")
    }
  })

  it("is renamed, and remembers what it was called", () =>
    given(opened, renamed("Brukskonto", "Felles"))
      .when({ command: "Rename", name: "Felleskonto" })
      .then(renamed("Felles", "Felleskonto")))

  it("is not renamed to what it is called", () =>
    given(opened, renamed("Brukskonto", "Felles")).when({ command: "Rename", name: "Felles" }).thenNothing())

  it("notes each time the bank was asked", () =>
    given(opened, synced)
      .when({ command: "Sync", synced_at: "2025-02-02T06:00:00.000Z" })
      .then({ type: "AccountSynced", account_id: "a1", synced_at: "2025-02-02T06:00:00.000Z" }))

  it("is left alone once closed", () => {
    given(opened).when({ command: "Close" }).then(closed)
    given(opened, closed).when({ command: "Close" }).thenRefused("closed")
    given(opened, closed).when({ command: "Rename", name: "Ny" }).thenRefused("closed")
    given(opened, closed).when({ command: "Sync", synced_at: "2025-02-02T06:00:00.000Z" }).thenRefused("closed")
  })

  it("that nobody opened cannot be found", () => {
    given().when({ command: "Close" }).thenRefused("not-found")
    given().when({ command: "Rename", name: "Ny" }).thenRefused("not-found")
  })

  it("does not make up an account from a log that lacks its beginning", () => {
    assert.throws(() => evolve(null, closed), /comes before its AccountOpened/)
  })
})
