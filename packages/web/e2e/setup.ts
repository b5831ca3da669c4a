import type { TestProject } from "vitest/node"
import { chromiumPath, help, isRequired } from "./Browser.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Whether there is a browser to test with. */
    browser: boolean
  }
}

/** Without a browser the tests fail where somebody counts on them, and are skipped, and said to be, where a person just lacks one. */
export default function setup(project: TestProject) {
  const found = chromiumPath() !== undefined
  if (!found && isRequired()) throw new Error(help())
  if (!found) console.warn(help())
  project.provide("browser", found)
}
