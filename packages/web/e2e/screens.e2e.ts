import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { violations } from "./Accessibility.ts"
import { launch, newContext, type Misdeeds } from "./Browser.ts"
import { Tracker } from "../../../vitest/Tracker.ts"

const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 }
]
const themes = ["light", "dark"] as const
const looks = sizes.flatMap((size) => themes.map((theme) => ({ size, theme, name: `${size.width}x${size.height}, ${theme}` })))

/** What a person must load before anything is shown, and what they may. */
const most = 70_000

describe.skipIf(!inject("browser"))("The dashboard, screen by screen", () => {
  const misdeeds: Misdeeds = []
  let tracker: Tracker
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    tracker = await Tracker.start()
    browser = await launch()
    context = await newContext(browser, tracker.url, misdeeds)
    page = await context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await tracker?.stop()
  })

  const look = async ({ size, theme }: (typeof looks)[number]) => {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: theme })
    await page.locator(`html[data-theme=${theme}]`).waitFor()
  }
  const isAccessible = async (what: string) => {
    for (const each of looks) {
      await look(each)
      assert.deepEqual(await violations(page), [], `${what}, ${each.name}`)
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.strictEqual(wider, 0, `${what} scrolls sideways, ${each.name}`)
    }
  }

  it("is shown after at most 70 kB of scripts, as gzip, over the wire", async () => {
    const fresh = await browser.newContext({ extraHTTPHeaders: { "accept-encoding": "gzip" } })
    const visitor = await fresh.newPage()
    const devtools = await fresh.newCDPSession(visitor)
    await devtools.send("Network.enable")
    const scripts = new Set<string>()
    let bytes = 0
    devtools.on("Network.responseReceived", ({ requestId, type }) => {
      if (type === "Script") scripts.add(requestId)
    })
    devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength
    })
    const response = await visitor.goto(tracker.url)
    await visitor.getByRole("textbox").first().waitFor()
    await fresh.close()
    console.log(`first load: ${(bytes / 1000).toFixed(1)} kB of scripts over the wire`)
    assert.isAbove(bytes, 10_000)
    assert.isAtMost(bytes, most)
    const policy = response!.headers()["content-security-policy"]
    assert.include(policy, "script-src 'self'")
    assert.notInclude(policy, "unsafe-inline")
  })

  it("lets everybody register", async () => {
    await page.goto(tracker.url)
    await page.getByLabel("E-post").waitFor()
    await isAccessible("sign in")
  })

  it("loads two years of demo data in one click, with its progress", async () => {
    await page.getByRole("button", { name: "Prøv med demodata" }).click()
    await page.getByRole("progressbar").waitFor()
    await page.getByText(/^demo-\w+@example.com$/).waitFor()
    await isAccessible("demo")
    await page.getByRole("heading", { name: "Demodata er lastet" }).waitFor()
    await page.getByRole("button", { name: "Til oversikten" }).click()
    await page.locator("[data-net-worth]").waitFor()
    await page.getByRole("meter").first().waitFor()
  })

  const screens: ReadonlyArray<readonly [path: string, settled: string]> = [
    ["/", "[data-net-worth]"],
    ["/transactions", "[role=gridcell]"],
    ["/budgets", "[role=meter]"],
    ["/import", "input[type=file]"],
    ["/accounts", "main li"],
    ["/processors", "main li"],
    ["/settings", "input[type=radio]"]
  ]
  it.each(screens)("lets everybody use %s", async (path, settled) => {
    await page.goto(`${tracker.url}${path}`)
    await page.locator(settled).first().waitFor({ state: "attached" })
    await page.locator(".skeleton").first().waitFor({ state: "detached" })
    await isAccessible(path)
  })

  it("lets everybody change a category, read the details and add a transaction", async () => {
    await look(looks[0]!)
    await page.goto(`${tracker.url}/transactions`)
    await page.getByRole("gridcell").first().waitFor()
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.keyboard.press("c")
    await page.getByRole("listbox").waitFor()
    await isAccessible("category dialog")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").getByRole("listitem").first().waitFor()
    await isAccessible("details")
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "Ny transaksjon" }).click()
    await page.getByRole("dialog").waitFor()
    await isAccessible("add a transaction")
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "Filtre" }).click()
    await isAccessible("filters")
  })

  it("lets everybody set a budget", async () => {
    await page.goto(`${tracker.url}/budgets`)
    await page.getByRole("button", { name: "Sett budsjett" }).click()
    await page.getByRole("dialog").waitFor()
    await isAccessible("budget dialog")
  })

  it("says everything in English as well", async () => {
    await look(looks[0]!)
    await page.goto(tracker.url)
    await page.getByRole("button", { name: /English/ }).click()
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor()
    assert.strictEqual(await page.locator("html").getAttribute("lang"), "en-NO")
    await isAccessible("overview in English")
  })

  it("walks a long list from end to end, keeping only the rows in view", async () => {
    await look(looks[0]!)
    await page.goto(`${tracker.url}/transactions`)
    await page.getByRole("gridcell").first().waitFor()
    const rows = Number(await page.getByRole("grid").getAttribute("aria-rowcount"))
    assert.isAbove(rows, 500)
    await page.keyboard.press("j")
    await page.keyboard.press("End")
    await page.locator(`[role=row][aria-rowindex="${rows}"]:focus [role=gridcell] >> nth=2`).waitFor()
    assert.isBelow(await page.getByRole("row").count(), 80)
  })

  it("blurs every amount on request", async () => {
    await page.goto(tracker.url)
    await page.getByRole("button", { name: "Hide amounts" }).click()
    const worth = page.locator("[data-net-worth]")
    await worth.waitFor()
    assert.include(await worth.evaluate((element) => getComputedStyle(element).filter), "blur")
  })

  it("never asked another origin, broke the content security policy or threw", () => {
    assert.deepEqual(misdeeds, [])
  })
})
