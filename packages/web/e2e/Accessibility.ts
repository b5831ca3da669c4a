/** Accessibility: what axe finds wrong with a page as it is now. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"
import type { AxeResults } from "axe-core"

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

declare global {
  interface Window {
    readonly axe: { readonly run: () => Promise<AxeResults> }
  }
}

/** One sentence a violation, with the elements that have it. */
export const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  // evaluate() is not held by the page's own policy
  await page.evaluate(source)
  const results = await page.evaluate(() => window.axe.run())
  return results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(" ")).join(", ")})`
  )
}
