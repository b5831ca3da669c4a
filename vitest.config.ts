import { defineConfig } from "vitest/config"
import { Counts } from "./vitest/Counts.ts"

export default defineConfig({
  test: {
    reporters: ["default", new Counts()],
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/{core,processors,http}/src/**/*.test.ts", "deploy/**/*.test.ts", "bench/processors/**/*.test.ts"],
          exclude: ["**/*.{pg,timescale,broker,fault}.test.ts"],
          environment: "node"
        }
      },
      {
        test: {
          name: "postgres",
          include: ["packages/{core,processors,http}/src/**/*.pg.test.ts", "deploy/**/*.pg.test.ts"],
          globalSetup: ["./vitest/postgres.ts"],
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      },
      {
        test: {
          name: "timescale",
          include: ["packages/core/src/**/*.timescale.test.ts"],
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 180_000
        }
      },
      "packages/*/vitest.config.ts"
    ]
  }
})
