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
  // What is still fading from one theme to the other has the colours of neither.
  await page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })
  const results = await page.evaluate(() => window.axe.run())
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary ?? ""}`).join(", ")})`
  )
}
