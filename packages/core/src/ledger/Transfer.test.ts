import { describe, it } from "@effect/vitest"
import { scenarioOf } from "./Scenario.ts"
import { decider, type TransactionEvent } from "./Transaction.ts"
import type { Link, Opinion, TransferLinked, TransferUnlinked } from "./Transfer.ts"

const { given } = scenarioOf(decider)

const place = { transaction_id: "out", account_id: "checking", amount: -400_000n, currency: "NOK", day: "2025-01-13" }

const arrived: TransactionEvent = {
  type: "TransactionCreated",
  ...place,
  description: "Overføring til Sparekonto",
  occurred_at: "2025-01-13T12:00:00.000Z",
  booking_date: "2025-01-13",
  value_date: null,
  external_id: null,
  source: "import",
  import_id: "i1",
  raw_data: null
}

const said = { confidence: 0.95, explanation: { code: "category.posting", params: { matched: "Sparekonto" } } }
const shopping: Opinion = { category: "shopping", category_source: "rule", ...said }

const categorized: TransactionEvent = {
  type: "TransactionCategorized",
  ...place,
  old_category: "uncategorized",
  old_merchant_name: null,
  category: "shopping",
  categorization_source: "rule",
  merchant_name: null,
  alternatives: [],
  ...said
}

const filed = (from: "shopping" | "transfer", to: "travel" | "transfer"): TransactionEvent => ({
  type: "TransactionCategoryOverridden",
  ...place,
  description: "Overføring til Sparekonto",
  merchant_name: null,
  old_category: from,
  new_category: to,
  user_id: "kari"
})

const words = { code: "transfer.words", params: { out: "2025-01-13", in: "2025-01-13" } }

const link = (by: Link["by"] = "rule", counterpart_id = "in"): Link => ({
  command: "Link",
  transfer_id: "t1",
  counterpart_id,
  counterpart_account_id: "savings",
  by,
  confidence: 0.95,
  explanation: words
})

const linked = (parts: Partial<TransferLinked> = {}): TransferLinked => ({
  type: "TransferLinked",
  ...place,
  merchant_name: null,
  transfer_id: "t1",
  counterpart_id: "in",
  counterpart_account_id: "savings",
  old_category: "shopping",
  category: "transfer",
  confidence: 0.95,
  category_source: "rule",
  explanation: words,
  ...parts
})

const unlink = (for_good = true, counterpart_id = "in") => ({ command: "Unlink", counterpart_id, for_good }) as const
const unlinked = (after: Opinion, parts: Partial<TransferUnlinked> = {}): TransferUnlinked => ({
  type: "TransferUnlinked",
  ...place,
  merchant_name: null,
  transfer_id: "t1",
  counterpart_id: "in",
  for_good: true,
  old_category: "transfer",
  ...after,
  ...parts
})

describe("A leg of a transfer", () => {
  it("leaves spending when it is linked, and comes back as it was filed when it is unlinked", () => {
    given(arrived, categorized).when(link()).then(linked())
    given(arrived, categorized, linked()).when(unlink()).then(unlinked(shopping))
  })

  it("is linked once, however often that is said, and to one counterpart only", () => {
    given(arrived, categorized, linked()).when(link()).thenNothing()
    given(arrived, categorized, linked()).when(link("user", "another")).thenRefused("linked")
  })

  it("that the person unlinked for good is linked to that one again by hand alone, and to others by anyone", () => {
    const parted = given(arrived, categorized, linked(), unlinked(shopping))
    parted.when(link()).thenRefused("parted")
    parted.when(link("rule", "another")).then(linked({ counterpart_id: "another" }))
    parted.when(link("user")).then(linked({ category_source: "user" }))
    given(arrived, categorized, linked(), unlinked(shopping, { for_good: false }))
      .when(link())
      .then(linked())
  })

  it("that the person filed as something else is linked by hand alone", () => {
    given(arrived, categorized, filed("shopping", "travel")).when(link()).thenRefused("filed")
    given(arrived, categorized, filed("shopping", "travel"))
      .when(link("user"))
      .then(linked({ old_category: "travel", category_source: "user" }))
    given(arrived, categorized, filed("shopping", "transfer"))
      .when(link())
      .then(linked({ old_category: "transfer", category_source: "user" }))
  })

  it("stays as the person filed it while it was linked, also when it is unlinked", () =>
    given(arrived, categorized, linked(), filed("transfer", "travel"))
      .when(unlink())
      .then(
        unlinked(
          { category: "travel", category_source: "user", confidence: 1, explanation: { code: "category.user", params: {} } },
          { old_category: "travel" }
        )
      ))

  it("is no leg any more once it is deleted", () =>
    given(arrived, categorized, linked())
      .when({ command: "Delete" })
      .then(unlinked(shopping, { for_good: false }), {
        type: "TransactionDeleted",
        ...place,
        category: "shopping",
        merchant_name: null
      }))

  it("is not filed anew by a later opinion of the rules", () =>
    given(arrived, linked({ old_category: "uncategorized" }))
      .when({ command: "Categorize", category: "shopping", source: "rule", merchant_name: null, alternatives: [], ...said })
      .thenNothing())

  it("is unlinked from its counterpart and from nobody else", () => {
    given(arrived, categorized, linked()).when(unlink(true, "another")).thenNothing()
    given(arrived, categorized).when(unlink()).thenNothing()
  })

  it("has its counterpart on another account", () =>
    given(arrived, categorized)
      .when({ ...link(), counterpart_account_id: "checking" })
      .thenRefused("same-account"))
})
