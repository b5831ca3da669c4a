import { screen, waitFor } from "@solidjs/testing-library"
import userEvent from "@testing-library/user-event"
import { expect, it } from "vitest"
import type { Anomaly } from "../api/Resources.ts"
import { showScreen } from "../Screen.test-env.tsx"
import { Alerts } from "./Alerts.tsx"

const found = (id: string, text: string): Anomaly => ({
  id,
  transaction_id: `t${id}`,
  anomaly_type: "duplicate",
  anomaly_score: 0.9,
  explanation: { code: "anomaly.duplicate", params: {}, text },
  evidence: [],
  late: false,
  status: "open",
  detected_at: "2026-11-22T12:00:00.000Z"
})

it("tells Kari why a charge is unusual, and says no more of it once she has put it aside", async () => {
  const user = userEvent.setup()
  const sentence = "689,00 kr til Peppes Pizza er trukket to ganger på to dager."
  let open = [found("1", sentence)]
  showScreen(
    () => <Alerts budgets={[]} />,
    (method, url) => {
      if (url.pathname === "/v1/transactions") {
        return { body: { transactions: [], page: 1, limit: 1, total: 0, next_cursor: null } }
      }
      if (url.pathname === "/v1/anomalies" && url.searchParams.get("status") === "open") return { body: open }
      if (method !== "POST" || url.pathname !== "/v1/anomalies/1/dismiss") return undefined
      const dismissed = { ...open[0]!, status: "dismissed" as const }
      open = []
      return { body: dismissed }
    }
  )
  expect(await screen.findByText(sentence)).toBeVisible()
  await user.click(screen.getByRole("button", { name: `Greit, ikke si mer om dette: ${sentence}` }))
  await waitFor(() => expect(screen.queryByText(sentence)).toBeNull())
  expect(await screen.findByText("Ingen varsler. Alt er innenfor budsjett.")).toBeVisible()
})
