import { screen, waitFor } from "@solidjs/testing-library"
import userEvent from "@testing-library/user-event"
import { assert, beforeEach, describe, expect, it } from "vitest"
import type { Budget, BudgetSettings } from "../api/Resources.ts"
import { type Answer, showScreen } from "../Screen.test-env.tsx"
import Budgets from "./Budgets.tsx"

const groceries: Budget = {
  category: "groceries",
  budget_amount: 5000,
  carried_amount: 300,
  available_amount: 5300,
  spent_amount: 4500,
  remaining_amount: 800,
  percentage_used: 84.9,
  alert_threshold_reached: true,
  thresholds_reached: [80],
  month: "2026-12",
  from: "2026-11-25",
  to: "2026-12-24",
  rollover: "surplus",
  currency: "NOK"
}

const payday: BudgetSettings = {
  month_starts_on: 25,
  on_working_day: false,
  from_month: null,
  current: { month: "2026-12", from: "2026-11-25", to: "2026-12-24" }
}

describe("the budgets of somebody who is paid on the 25th", () => {
  let sent: Array<{ readonly path: string; readonly body: unknown }>
  let settings: BudgetSettings

  const server = (method: string, url: URL, body: unknown): Answer | undefined => {
    if (method !== "GET") sent.push({ path: `${method} ${url.pathname}`, body })
    if (url.pathname === "/v1/budgets/settings") {
      if (method === "PUT")
        settings = { ...settings, ...(body as object), current: { month: "2026-11", from: "2026-11-01", to: "2026-11-30" } }
      return { body: settings }
    }
    if (url.pathname !== "/v1/budgets") return undefined
    return method === "GET"
      ? { body: url.searchParams.get("month") === "2026-12" ? [groceries] : [] }
      : { status: 201, body: groceries }
  }

  beforeEach(() => {
    sent = []
    settings = payday
  })

  it("begin with the month that today is in, and say on which days it is", async () => {
    showScreen(Budgets, server)
    expect(await screen.findByRole("heading", { name: /desember 2026.*25\. nov\..*24\. des\./ })).toBeInTheDocument()
  })

  it("say what there is with what is left of last month", async () => {
    showScreen(Budgets, server)
    expect(await screen.findByText(/300,00.*overført/)).toBeInTheDocument()
    expect(screen.getByRole("meter")).toHaveAttribute("aria-valuetext", expect.stringMatching(/84.*5.300/))
  })

  it("let them say what rolls over, for one month alone", async () => {
    const user = userEvent.setup()
    showScreen(Budgets, server)
    await user.click(await screen.findByRole("button", { name: "Endre budsjett for Dagligvarer" }))
    const rollover = screen.getByRole("combobox", { name: "Overføring til neste måned" })
    expect(rollover).toHaveValue("surplus")
    await user.selectOptions(rollover, "both")
    await user.click(screen.getByRole("checkbox", { name: "Bare for desember 2026" }))
    await user.click(screen.getByRole("button", { name: "Lagre" }))
    await waitFor(() => assert.lengthOf(sent, 1))
    const body = { category: "groceries", budget_amount: 5000, month: "2026-12", rollover: "both", one_month: true }
    assert.deepEqual(sent, [{ path: "POST /v1/budgets", body }])
  })

  it("let them begin their months on another day", async () => {
    const user = userEvent.setup()
    showScreen(Budgets, server)
    await screen.findByRole("meter")
    await user.click(screen.getByRole("button", { name: "Månedsstart" }))
    const day = screen.getByRole("combobox", { name: "Måneden begynner" })
    expect(day).toHaveValue("25")
    await user.selectOptions(day, "1")
    await user.click(screen.getByRole("checkbox", { name: /På en virkedag/ }))
    await user.click(screen.getByRole("button", { name: "Lagre" }))
    await waitFor(() => assert.lengthOf(sent, 1))
    const body = { month_starts_on: 1, on_working_day: true, from_month: null }
    assert.deepEqual(sent, [{ path: "PUT /v1/budgets/settings", body }])
    expect(await screen.findByRole("heading", { name: "november 2026" })).toBeInTheDocument()
  })
})
