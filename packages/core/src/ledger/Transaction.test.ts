import { assert, describe, it } from "@effect/vitest"
import type { CategoryOrNone, CategorySource } from "./Category.ts"
import { scenarioOf } from "./Scenario.ts"
import {
  type Categorize,
  type Create,
  decider,
  evolve,
  type Override,
  type TransactionEvent,
  type TransactionUpdated,
  type Update
} from "./Transaction.ts"

const { given } = scenarioOf(decider)

const create: Create = {
  command: "Create",
  transaction_id: "t1",
  account_id: "a1",
  amount: -34_856n,
  currency: "NOK",
  description: "REMA 1000 TORGGATA",
  occurred_at: "2025-01-15T12:00:00.000Z",
  booking_date: "2025-01-15",
  value_date: null,
  external_id: null,
  source: "import",
  import_id: "i1",
  raw_data: "15.01.2025;REMA 1000 TORGGATA;-348,56"
}
const { command: _, ...fields } = create
const created: TransactionEvent = { type: "TransactionCreated", ...fields }

const place = { transaction_id: "t1", account_id: "a1", amount: -34_856n, currency: "NOK", day: "2025-01-15" }
const standing = (category: CategoryOrNone = "uncategorized", merchant_name: string | null = null) => ({
  ...place,
  category,
  merchant_name
})

const opinion = {
  confidence: 0.97,
  merchant_name: "REMA 1000",
  explanation: { code: "category.merchant-rule", params: { matched: "REMA", merchant: "REMA 1000" } },
  alternatives: [{ category: "dining", confidence: 0.02 } as const]
}
const categorize = (category: CategoryOrNone, source: CategorySource = "rule"): Categorize => ({
  command: "Categorize",
  category,
  source,
  ...opinion
})
const categorized = (
  category: CategoryOrNone,
  before: { category?: CategoryOrNone; merchant?: string | null } = {},
  source: CategorySource = "rule"
): TransactionEvent => ({
  type: "TransactionCategorized",
  ...place,
  old_category: before.category ?? "uncategorized",
  old_merchant_name: before.merchant ?? null,
  category,
  categorization_source: source,
  ...opinion
})

const override = (category: CategoryOrNone): Override => ({ command: "Override", category, user_id: "kari" })
const overridden = (
  from: CategoryOrNone,
  to: CategoryOrNone,
  merchant_name: string | null = null,
  description = create.description
): TransactionEvent => ({
  type: "TransactionCategoryOverridden",
  ...place,
  description,
  merchant_name,
  old_category: from,
  new_category: to,
  user_id: "kari"
})

const update = (changes: Omit<Update, "command">): Update => ({ command: "Update", ...changes })
const updated = (changes: TransactionUpdated["changes"], stand = standing()): TransactionEvent => ({
  type: "TransactionUpdated",
  ...stand,
  changes
})

const remove = { command: "Delete" } as const
const restore = { command: "Restore" } as const
const deleted: TransactionEvent = { type: "TransactionDeleted", ...standing() }
const restored: TransactionEvent = { type: "TransactionRestored", ...standing() }

describe("a transaction comes into being", () => {
  it("from a line of the bank, with all that the bank said of it", () => given().when(create).then(created))

  it("once only", () => {
    given(created).when(create).thenRefused("already-exists")
    given(created, deleted).when(create).thenRefused("already-exists")
  })

  it("when money moves: nothing is no amount", () =>
    given()
      .when({ ...create, amount: 0n })
      .thenRefused("zero-amount"))

  it("with a text that can be seen", () =>
    given()
      .when({ ...create, description: " \t" })
      .thenRefused("empty-description"))
})

describe("a transaction gets its category", () => {
  it("from a rule, with the reason and what else it might have been", () =>
    given(created).when(categorize("groceries")).then(categorized("groceries")))

  it("anew when the rules have learned, telling what it was so that sums can be moved", () =>
    given(created, categorized("dining"))
      .when(categorize("groceries", "ml"))
      .then(categorized("groceries", { category: "dining", merchant: "REMA 1000" }, "ml")))

  it("from Kari, whose choice no later rule or model changes", () => {
    given(created, categorized("dining"))
      .when(override("groceries"))
      .then(overridden("dining", "groceries", "REMA 1000"))
    given(created, overridden("uncategorized", "groceries")).when(categorize("dining")).thenNothing()
    given(created, overridden("uncategorized", "groceries")).when(categorize("dining", "ml")).thenNothing()
  })

  it("from Kari again, when she thinks better of it", () =>
    given(created, overridden("uncategorized", "groceries")).when(override("dining")).then(overridden("groceries", "dining")))

  it("from Kari once: saying the same again changes nothing", () =>
    given(created, overridden("uncategorized", "groceries")).when(override("groceries")).thenNothing())

  it("from Kari also when she only confirms what a rule said, for from then on it is hers", () => {
    const confirmed = overridden("groceries", "groceries", "REMA 1000")
    given(created, categorized("groceries")).when(override("groceries")).then(confirmed)
    given(created, categorized("groceries"), confirmed).when(categorize("dining")).thenNothing()
  })

  it("from Kari even where she takes one away", () => {
    const cleared = overridden("groceries", "uncategorized", "REMA 1000")
    given(created, categorized("groceries")).when(override("uncategorized")).then(cleared)
    given(created, categorized("groceries"), cleared).when(categorize("groceries")).thenNothing()
  })
})

describe("a person corrects a transaction", () => {
  it("in one field, and the event says what it was", () =>
    given(created, categorized("groceries"))
      .when(update({ notes: "Til dugnaden" }))
      .then(updated({ notes: { from: null, to: "Til dugnaden" } }, standing("groceries", "REMA 1000"))))

  it("in all fields at once", () =>
    given(created)
      .when(
        update({
          description: "Rema",
          merchant_name: "REMA 1000",
          occurred_at: { at: "2025-01-14T16:20:00.000Z", day: "2025-01-14" },
          notes: "kake",
          tags: ["dugnad"]
        })
      )
      .then(
        updated({
          description: { from: create.description, to: "Rema" },
          merchant_name: { from: null, to: "REMA 1000" },
          occurred_at: {
            from: create.occurred_at,
            to: "2025-01-14T16:20:00.000Z",
            from_day: "2025-01-15",
            to_day: "2025-01-14"
          },
          notes: { from: null, to: "kake" },
          tags: { from: [], to: ["dugnad"] }
        })
      ))

  it("to another day, and whatever comes later stands on that day", () => {
    const moved = updated({
      occurred_at: { from: create.occurred_at, to: "2025-02-01T12:00:00.000Z", from_day: "2025-01-15", to_day: "2025-02-01" }
    })
    given(created, moved)
      .when(remove)
      .then({ type: "TransactionDeleted", ...standing(), day: "2025-02-01" })
  })

  it("only where something differs", () => {
    given(created)
      .when(update({ description: create.description, notes: null, tags: [], merchant_name: null }))
      .thenNothing()
    given(created).when(update({})).thenNothing()
    given(created)
      .when(update({ description: create.description, notes: "ny" }))
      .then(updated({ notes: { from: null, to: "ny" } }))
  })

  it("emptying notes, merchant and tags, but never the text", () => {
    const filled = updated({
      notes: { from: null, to: "kake" },
      tags: { from: [], to: ["dugnad", "mat"] },
      merchant_name: { from: null, to: "REMA 1000" }
    })
    given(created, filled)
      .when(update({ notes: null, tags: [], merchant_name: null }))
      .then(
        updated(
          {
            merchant_name: { from: "REMA 1000", to: null },
            notes: { from: "kake", to: null },
            tags: { from: ["dugnad", "mat"], to: [] }
          },
          standing("uncategorized", "REMA 1000")
        )
      )
    given(created)
      .when(update({ description: "  " }))
      .thenRefused("empty-description")
  })

  it("in the order of its tags", () => {
    const tagged = updated({ tags: { from: [], to: ["a", "b"] } })
    given(created, tagged)
      .when(update({ tags: ["a", "b"] }))
      .thenNothing()
    given(created, tagged)
      .when(update({ tags: ["b", "a"] }))
      .then(updated({ tags: { from: ["a", "b"], to: ["b", "a"] } }))
  })

  it("without touching the category they chose", () => {
    const noted = updated({ notes: { from: null, to: "kake" } }, standing("groceries"))
    given(created, overridden("uncategorized", "groceries"), noted).when(categorize("dining")).thenNothing()
  })
})

describe("a person removes a transaction", () => {
  it("and it leaves the sums with the category it had", () =>
    given(created, categorized("groceries"))
      .when(remove)
      .then({ type: "TransactionDeleted", ...standing("groceries", "REMA 1000") }))

  it("and may bring it back as it was", () => {
    given(created, categorized("groceries"), deleted)
      .when(restore)
      .then({ type: "TransactionRestored", ...standing("groceries", "REMA 1000") })
    given(created, deleted, restored).when(categorize("groceries")).then(categorized("groceries"))
  })

  it("and nothing else happens to it while it is gone", () => {
    for (const command of [remove, categorize("groceries"), override("groceries"), update({ notes: "kake" })]) {
      given(created, deleted).when(command).thenRefused("deleted")
    }
  })

  it("but brings back only what was removed", () => {
    given(created).when(restore).thenRefused("not-deleted")
    given(created, deleted, restored).when(restore).thenRefused("not-deleted")
  })

  it("but not one that never was", () => {
    for (const command of [remove, restore, categorize("groceries"), override("groceries"), update({ notes: "kake" })]) {
      given().when(command).thenRefused("not-found")
    }
  })
})

it("does not make up a transaction from a log that lacks its beginning", () => {
  assert.throws(() => evolve(null, deleted), /comes before its TransactionCreated/)
})
