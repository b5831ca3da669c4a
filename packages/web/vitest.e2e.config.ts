import { defineConfig } from "vitest/config"
import { Counts } from "../../vitest/Counts.ts"

/** A real browser against the real application: `npm run test:e2e` from the root, which also builds the dashboard. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: "e2e",
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    globalSetup: ["./e2e/setup.ts"],
    reporters: ["default", new Counts()],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000
  }
})
