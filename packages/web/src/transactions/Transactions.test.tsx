import { screen, waitFor, within } from "@solidjs/testing-library"
import userEvent from "@testing-library/user-event"
import { assert, beforeEach, describe, expect, it } from "vitest"
import type { Transaction } from "../api/Resources.ts"
import { showScreen, type Answer } from "../Screen.test-env.tsx"
import Transactions from "./Transactions.tsx"

const transaction = (id: string, description: string, category: Transaction["category"], amount: number): Transaction => ({
  id,
  account_id: "a",
  amount,
  currency: "NOK",
  description,
  merchant_name: null,
  category,
  category_confidence: category === "uncategorized" ? 0 : 0.99,
  category_source: "rule",
  category_explanation: { code: "category.unknown", params: {}, text: "Ingenting vi kjenner igjen i bankteksten." },
  alternatives: [],
  needs_review: category === "uncategorized",
  occurred_at: "2026-11-22T12:00:00.000Z",
  booking_date: "2026-11-22",
  created_at: "2026-11-22T12:00:00.000Z",
  source: "import",
  anomaly_ids: [],
  notes: null,
  tags: []
})

describe("the list of transactions", () => {
  let ledger: Array<Transaction>
  let asked: Array<string>
  let refuse: Answer | undefined

  const server = (method: string, url: URL, body: unknown): Answer | undefined => {
    asked.push(`${method} ${url.pathname}`)
    if (url.pathname === "/v1/accounts") return { body: [] }
    if (method === "GET" && url.pathname === "/v1/transactions") {
      return { body: { transactions: ledger, page: 1, limit: 100, total: ledger.length, next_cursor: null } }
    }
    const id = /transactions\/(\w+)\/category$/.exec(url.pathname)?.[1]
    if (method !== "PATCH" || id === undefined) return undefined
    if (refuse !== undefined) return refuse
    const { category } = body as { category: Transaction["category"] }
    ledger = ledger.map((each) => (each.id === id ? { ...each, category, category_source: "user", needs_review: false } : each))
    return { body: ledger.find((each) => each.id === id) }
  }
  const row = async (name: string) => (await screen.findAllByText(name))[0]!.closest<HTMLElement>("[role=row]")!

  beforeEach(() => {
    ledger = [
      transaction("t1", "REMA 1000", "groceries", -348.56),
      transaction("t2", "BUTIKK VEST 366", "uncategorized", -156.57),
      transaction("t3", "LØNN", "income", 28_750.34)
    ]
    asked = []
    refuse = undefined
  })

  it("lets Kari file an unknown purchase under Restaurant by j, c, two letters and Enter", async () => {
    const user = userEvent.setup()
    showScreen(Transactions, server)
    ;(await row("REMA 1000")).focus()
    await user.keyboard("j")
    expect(await row("BUTIKK VEST 366")).toHaveFocus()
    await user.keyboard("c")
    expect(await screen.findByRole("combobox", { name: "Kategori", expanded: true })).toHaveFocus()
    await user.keyboard("re")
    const names = within(screen.getByRole("listbox"))
      .getAllByRole("option")
      .map((option) => option.textContent)
    assert.deepEqual(names, ["Restaurant", "Reise"])
    await user.keyboard("{Enter}")
    await waitFor(() => assert.strictEqual(ledger[1]!.category, "dining"))
    expect(await row("BUTIKK VEST 366")).toHaveTextContent("Restaurant")
    expect(screen.queryByRole("combobox", { expanded: true })).toBeNull()
    assert.strictEqual(asked.filter((each) => each.startsWith("PATCH")).join(), "PATCH /v1/transactions/t2/category")
  })

  it("files every selected transaction at once", async () => {
    const user = userEvent.setup()
    showScreen(Transactions, server)
    ;(await row("REMA 1000")).focus()
    await user.keyboard("xjx")
    expect(await screen.findByText("2 valgt")).toBeInTheDocument()
    await user.keyboard("chel{Enter}")
    await waitFor(() =>
      assert.deepEqual(
        ledger.map(({ category }) => category),
        ["health", "health", "income"]
      )
    )
  })

  it("shows the old category again when the server refuses, and says why", async () => {
    refuse = { status: 409, body: { type: "/problems/conflict", title: "x", status: 409, code: "account-closed" } }
    const user = userEvent.setup()
    showScreen(Transactions, server)
    ;(await row("REMA 1000")).focus()
    await user.keyboard("chel{Enter}")
    expect(await screen.findByText("Kontoen er avsluttet og kan ikke endres.")).toBeInTheDocument()
    expect(await row("REMA 1000")).toHaveTextContent("Dagligvarer")
  })

  it("leaves everything as it was on Escape", async () => {
    const user = userEvent.setup()
    showScreen(Transactions, server)
    ;(await row("REMA 1000")).focus()
    await user.keyboard("c")
    await screen.findByRole("listbox")
    await user.click(screen.getByRole("button", { name: "Lukk" }))
    assert.isEmpty(asked.filter((each) => each.startsWith("PATCH")))
    expect(await row("REMA 1000")).toHaveTextContent("Dagligvarer")
  })
})
