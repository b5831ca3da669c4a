import { screen, within } from "@solidjs/testing-library"
import userEvent from "@testing-library/user-event"
import { assert, describe, expect, it } from "vitest"
import type { ImportPreview } from "../api/Resources.ts"
import { showScreen } from "../Screen.test-env.tsx"
import { Preview } from "./Preview.tsx"

const preview: ImportPreview = {
  format: "csv",
  preset: "sparebank1",
  currency: "NOK",
  rows_total: 3,
  rows_new: 1,
  rows_duplicate: 1,
  rows_review: 0,
  rows_rejected: 1,
  rows_skipped: 0,
  closing_balance: null,
  rows: [
    {
      line: 2,
      verdict: "new",
      reason: null,
      booking_date: "2025-02-28",
      amount: -348.56,
      description: "KIWI MAJORSTUEN",
      raw: ""
    },
    {
      line: 3,
      verdict: "duplicate",
      reason: { code: "already-imported", params: {}, text: "Raden er allerede hentet inn i kontoen." },
      booking_date: "2025-02-26",
      amount: -5000,
      description: "Overføring",
      raw: ""
    },
    {
      line: 4,
      verdict: "rejected",
      reason: { code: "invalid-amount", params: { text: "abc" }, text: "«abc» er ikke et beløp som kan leses uten tvil." },
      booking_date: null,
      amount: null,
      description: null,
      raw: ""
    }
  ]
}

const show = (shown: ImportPreview, start: () => void = () => undefined) =>
  showScreen(
    () => <Preview filename="februar.csv" preview={shown} busy={false} start={start} cancel={() => undefined} />,
    () => ({ body: {} })
  )

describe("the preview of a statement", () => {
  it("says of each row what it would become and why, by the line number of the file", async () => {
    show(preview)
    const table = within(await screen.findByRole("table"))
    const [, first, second, third] = table.getAllByRole("row")
    expect(first).toHaveTextContent(/2.*Ny.*28\.02\.2025.*KIWI MAJORSTUEN.*−348,56/)
    expect(second).toHaveTextContent(/3.*Finnes fra før.*Raden er allerede hentet inn/)
    expect(third).toHaveTextContent(/4.*Avvist.*«abc» er ikke et beløp/)
  })

  it("counts only what occurred, and says that nothing is stored yet", async () => {
    show(preview)
    assert.match((await screen.findByText(/Ingenting er lagret ennå/)).textContent, /SpareBank 1/)
    assert.deepEqual(
      [...document.querySelectorAll("[data-count]")].map((each) => each.textContent),
      ["Nye1", "Finnes fra før1", "Avvist1"]
    )
  })

  it("starts on one press, and offers no start when there is nothing new", async () => {
    let started = 0
    show(preview, () => started++)
    await userEvent.setup().click(await screen.findByRole("button", { name: "Importer 1 rad" }))
    assert.strictEqual(started, 1)
    show({ ...preview, rows_new: 0 })
    expect(await screen.findByRole("button", { name: "Ingenting nytt å importere" })).toBeDisabled()
  })
})
