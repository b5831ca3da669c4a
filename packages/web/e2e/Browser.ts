/**
 * Browser: Debian's Chromium, and a page that writes down what a page of ours must never do.
 */
import { existsSync } from "node:fs"
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core"

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"]

export const chromiumPath = (): string | undefined => {
  const given = process.env["CHROMIUM_PATH"]
  return given === undefined ? candidates.find((path) => existsSync(path)) : existsSync(given) ? given : undefined
}

export const isRequired = (): boolean =>
  ["CI", "E2E_REQUIRED"].some((name) => !["", "0", "false", undefined].includes(process.env[name]))

export const help = (): string =>
  `No Chromium found (looked at ${[process.env["CHROMIUM_PATH"], ...candidates].filter(Boolean).join(", ")}).\n` +
  "Install it: sudo apt-get install -y chromium\nor set CHROMIUM_PATH. End-to-end tests were NOT run."

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath()!,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })

/** What pages did that they must not: each a sentence. */
export type Misdeeds = Array<string>

/** A new person's browser, in Norwegian, whose every page is watched. */
export const newContext = async (browser: Browser, base: string, misdeeds: Misdeeds): Promise<BrowserContext> => {
  const context = await browser.newContext({ locale: "nb-NO", reducedMotion: "reduce", viewport: { width: 1440, height: 900 } })
  context.on("page", (page) => watch(page, base, misdeeds))
  return context
}

const watch = (page: Page, base: string, misdeeds: Misdeeds) => {
  page.on("request", (request) => {
    const url = request.url()
    if (!url.startsWith(base) && !/^(data|blob):/.test(url)) misdeeds.push(`asked another origin: ${url}`)
  })
  page.on("console", (message) => {
    if (/content security policy|refused to/i.test(message.text()))
      misdeeds.push(`broke the content security policy: ${message.text()}`)
  })
  page.on("pageerror", (error) => misdeeds.push(`threw: ${error.stack ?? error.message}`))
}
