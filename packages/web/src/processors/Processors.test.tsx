import { screen, waitFor, within } from "@solidjs/testing-library"
import userEvent from "@testing-library/user-event"
import { beforeEach, describe, expect, it } from "vitest"
import type { ProcessorState } from "../api/Resources.ts"
import { showScreen, type Answer } from "../Screen.test-env.tsx"
import Processors from "./Processors.tsx"

const budgets: ProcessorState = {
  name: "budgets",
  version: 1,
  state: "caught-up",
  partitions: [{ partition: 0, checkpoint: 1_204, head: 1_204, lag_events: 0, lag_seconds: 0 }],
  throughput: 3,
  parked: 0,
  last_error: null
}

describe("the programs, as their operator sees them", () => {
  let processor: ProcessorState
  let ordered: Array<string>

  const server = (method: string, url: URL): Answer | undefined => {
    if (url.pathname === "/v1/processors") return { body: [processor] }
    if (method !== "POST") return undefined
    ordered.push(url.pathname)
    if (url.pathname.endsWith("/pause")) processor = { ...processor, state: "paused" }
    if (url.pathname.endsWith("/resume")) processor = { ...processor, state: "running" }
    if (url.pathname.endsWith("/replay")) processor = { ...processor, parked: 0 }
    if (url.pathname.endsWith("/rebuild")) {
      return { status: 409, body: { type: "/problems/conflict", title: "Conflict", status: 409, code: "not-rebuildable" } }
    }
    return { status: 202, body: { name: processor.name } }
  }
  const card = async () => within((await screen.findByRole("heading", { name: "Budsjettvarsler" })).closest("li")!)

  beforeEach(() => {
    processor = budgets
    ordered = []
  })

  it("are paused and go on with one button", async () => {
    const user = userEvent.setup()
    showScreen(Processors, server)
    await user.click((await card()).getByRole("button", { name: "Sett på pause" }))
    await user.click(await (await card()).findByRole("button", { name: "Fortsett" }))
    expect(await (await card()).findByRole("button", { name: "Sett på pause" })).toBeVisible()
    expect(ordered).toEqual(["/v1/processors/budgets/pause", "/v1/processors/budgets/resume"])
  })

  it("offer a replay when something is parked, and only then", async () => {
    const user = userEvent.setup()
    processor = { ...budgets, parked: 4 }
    showScreen(Processors, server)
    await user.click(await (await card()).findByRole("button", { name: "Prøv 4 parkerte på nytt" }))
    await waitFor(async () => expect((await card()).queryByRole("button", { name: /på nytt/ })).toBeNull())
    expect(ordered).toEqual(["/v1/processors/budgets/parked/replay"])
  })

  it("show how far a rebuild has come", async () => {
    processor = { ...budgets, state: "rebuilding", rebuild: { done: 300, total: 1_200 } }
    showScreen(Processors, server)
    expect(await (await card()).findByRole("progressbar", { name: "Budsjettvarsler bygges om" })).toHaveAttribute(
      "aria-valuenow",
      "25"
    )
    expect((await card()).queryByRole("button", { name: "Bygg om" })).toBeNull()
  })

  it("say why an order was refused", async () => {
    const user = userEvent.setup()
    showScreen(Processors, server)
    await user.click((await card()).getByRole("button", { name: "Bygg om" }))
    expect(await screen.findByRole("alert")).toHaveTextContent("Dette programmet har ingen tabeller som kan bygges om.")
  })
})
