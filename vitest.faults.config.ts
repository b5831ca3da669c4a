import { defineConfig } from "vitest/config"
import { Counts } from "./vitest/Counts.ts"

/** What must hold when processes, databases, brokers, disks and clocks fail: `npm run test:faults`; longer with FAULT_KILLS=1000. */
export default defineConfig({
  test: {
    name: "faults",
    include: ["deploy/faults/**/*.fault.test.ts"],
    environment: "node",
    globalSetup: ["./vitest/postgres.ts"],
    reporters: ["default", new Counts()],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000
  }
})
