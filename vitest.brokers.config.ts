import { defineConfig } from "vitest/config"
import { Counts } from "./vitest/Counts.ts"

/** What is tested against real brokers. They start with the run, which takes some ten seconds, and more the first time. */
export default defineConfig({
  test: {
    name: "brokers",
    reporters: ["default", new Counts()],
    include: ["{packages,deploy}/**/*.broker.test.ts"],
    exclude: ["**/node_modules/**"],
    globalSetup: ["./vitest/postgres.ts", "./vitest/kafka.ts", "./vitest/nats.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
