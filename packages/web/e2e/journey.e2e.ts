import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { launch, newContext, type Misdeeds } from "./Browser.ts"
import { Tracker } from "../../../vitest/Tracker.ts"

const statement = join(import.meta.dirname, "../../core/src/statements/fixtures/sparebank1.csv")
/** With the spaces that break. */
const plain = (text: string) => text.replaceAll("\u00a0", " ")
const person = { email: "kari.nordmann@example.com", password: "en lang setning om fjell og fjord" }

describe.skipIf(!inject("browser"))("Kari's first evening with the tracker", () => {
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

  const open = async (name: string) => {
    await page.getByRole("navigation").first().getByRole("link", { name, exact: true }).click()
    await page.getByRole("heading", { level: 1, name }).waitFor()
  }
  const row = (name: string) => page.getByRole("row").filter({ hasText: name })

  it("registers, and no script can read the session", async () => {
    await page.goto(tracker.url)
    await page.getByLabel("E-post").fill(person.email)
    await page.getByLabel("Passord").fill(person.password)
    await page.getByRole("button", { name: "Opprett konto", exact: true }).click()
    await page.getByText("Hva vil du begynne med?").waitFor()
    assert.strictEqual(await page.evaluate(() => document.cookie), "")
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
    assert.notMatch(kept, /token|eyJ/)
    const session = (await context.cookies()).find(({ name }) => name.endsWith("session"))
    assert.isTrue(session?.httpOnly)
  })

  it("opens an account and sees what each row of a SpareBank 1 file would become before anything is stored", async () => {
    await page.getByRole("button", { name: "Importer en kontoutskrift" }).click()
    await page.getByLabel("Bank", { exact: true }).fill("SpareBank 1")
    await page.getByLabel(/Navn på kontoen/).fill("Brukskonto")
    await page.getByRole("button", { name: "Ny konto" }).click()
    await page.locator("input[type=file]").setInputFiles(statement)
    await page.getByRole("heading", { name: "Forhåndsvisning av sparebank1.csv" }).waitFor()
    assert.strictEqual(await page.locator("[data-verdict=new]").count(), 15)
    const first = plain(await page.locator("[data-verdict=new]").first().innerText())
    assert.include(first, "KIWI MAJORSTUEN")
    assert.include(first, "−348,56 kr")
  })

  it("imports the file and finds its 15 rows among her transactions, to the øre", async () => {
    await page.getByRole("button", { name: "Importer 15 rader" }).click()
    await page.locator("[data-import=completed]").waitFor()
    assert.strictEqual(await page.locator("[data-count=new] dd").innerText(), "15")
    await page.getByRole("button", { name: "Se transaksjonene" }).click()
    await page.getByText("15 treff").waitFor()
    await row("KIWI MAJORSTUEN").getByText("−348,56 kr").waitFor()
    await row("Lønn KOMPLETT AS").getByText("+28 750,34 kr").waitFor()
  })

  it("is told that the same file holds nothing new", async () => {
    await open("Importer")
    await page.locator("input[type=file]").setInputFiles(statement)
    await page.getByRole("button", { name: "Ingenting nytt å importere" }).waitFor()
    assert.strictEqual(await page.locator("[data-verdict=duplicate]").count(), 15)
  })

  it("is told in plain words that a photo is no statement", async () => {
    await page.getByRole("button", { name: "Velg en annen fil" }).click()
    const png = Buffer.from("89504e470d0a1a0a0000000d4948445200000001000000010806000000", "hex")
    await page.locator("input[type=file]").setInputFiles({ name: "kvittering.csv", mimeType: "text/csv", buffer: png })
    await page.getByRole("alert").getByText("ikke en tekstfil").waitFor()
  })

  it("corrects a category without touching the mouse", async () => {
    await open("Transaksjoner")
    await row("POWER STORO").waitFor()
    await page.keyboard.press("/")
    await page.keyboard.type("power")
    await page.getByText("1 treff").waitFor()
    await page.getByLabel("Søk i transaksjoner").blur()
    await page.keyboard.press("j")
    await page.keyboard.press("c")
    await page.getByRole("combobox", { name: "Kategori" }).last().waitFor()
    await page.keyboard.type("fri")
    await page.keyboard.press("Enter")
    await page.getByRole("status").getByText("er nå Fritid").waitFor()
    await row("POWER STORO").getByRole("gridcell").getByText("Fritid", { exact: true }).last().waitFor()
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").getByText("Du har valgt kategorien").first().waitFor()
    await page.getByRole("dialog").getByText("Kategori endret").waitFor()
    await page.keyboard.press("Escape")
    await page.getByLabel("Søk i transaksjoner").fill("")
    await page.getByText("15 treff").waitFor()
  })

  it("deletes a transaction, and takes it back", async () => {
    await row("VINMONOPOLET").click()
    await page.getByRole("dialog").getByRole("button", { name: "Slett" }).click()
    await page.getByText("14 treff").waitFor()
    const told = page.getByRole("status").locator("> div").filter({ hasText: "er slettet" })
    await told.getByRole("button", { name: "Angre" }).click()
    await page.getByText("15 treff").waitFor()
  })

  it("sets a budget the Norwegian way", async () => {
    await open("Budsjett")
    await page.getByRole("button", { name: "Sett budsjett" }).click()
    await page.getByLabel("Kategori", { exact: true }).selectOption("groceries")
    await page.getByLabel("Beløp per måned").fill("1 000,00")
    await page.getByRole("button", { name: "Lagre" }).click()
    await page.getByRole("meter", { name: "Budsjett for Dagligvarer" }).waitFor()
  })

  it("sees the alert arrive by itself when she pays with another device open beside", async () => {
    await open("Oversikt")
    await page.locator("[data-live=live]").waitFor()
    const phone = await context.newPage()
    await phone.setViewportSize({ width: 390, height: 844 })
    await phone.goto(`${tracker.url}/transactions`)
    await phone.getByRole("button", { name: "Ny transaksjon" }).click()
    await phone.getByLabel("Beløp", { exact: true }).fill("925,50")
    await phone.getByLabel("Beskrivelse").fill("REMA 1000 TORSHOV")
    await phone.getByRole("button", { name: "Lagre" }).click()
    // nothing is pressed or loaded anew on the first screen
    await page.getByRole("status").getByText("Dagligvarer: 92 % av budsjettet brukt").waitFor()
    await page.locator("[data-alert=groceries]").waitFor()
    await page.getByText("925 kr av 1 000 kr").or(page.getByText("926 kr av 1 000 kr")).waitFor()
    await phone.close()
  })

  it("loses nothing when the power goes", async () => {
    const worth = await page.locator("[data-net-worth]").innerText()
    await tracker.kill()
    await page.locator("[data-live=offline]").waitFor()
    await tracker.start()
    await page.locator("[data-live=live]").waitFor()
    await page.reload()
    await page.locator("[data-alert=groceries]").waitFor()
    assert.strictEqual(await page.locator("[data-net-worth]").innerText(), worth)
    await open("Transaksjoner")
    await page.getByText("16 treff").waitFor()
    await row("POWER STORO").getByRole("gridcell").getByText("Fritid", { exact: true }).last().waitFor()
    await row("REMA 1000").getByText("−925,50 kr").waitFor()
  })

  it("signs out here and everywhere in this browser, and comes back with her password", async () => {
    const other = await context.newPage()
    await other.goto(tracker.url)
    await other.locator("[data-net-worth]").waitFor()
    await open("Innstillinger")
    await page.getByRole("button", { name: "Logg ut" }).click()
    await page.getByLabel("E-post").waitFor()
    await other.getByLabel("E-post").waitFor()
    await other.close()
    await page.getByLabel("E-post").fill(person.email)
    await page.getByLabel("Passord").fill("not the password")
    await page.getByRole("button", { name: "Logg inn", exact: true }).click()
    await page.getByRole("alert").getByText("E-postadressen eller passordet er feil").waitFor()
    await page.getByLabel("Passord").fill(person.password)
    await page.getByRole("button", { name: "Logg inn", exact: true }).click()
    await page.getByText(person.email).waitFor()
  })

  it("never asked another origin, broke the content security policy or threw", () => {
    assert.deepEqual(misdeeds, [])
  })
})
