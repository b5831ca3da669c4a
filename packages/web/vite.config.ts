import tailwindcss from "@tailwindcss/vite"
import { defineConfig } from "vite"
import solid from "vite-plugin-solid"

export default defineConfig({
  root: import.meta.dirname,
  plugins: [solid(), tailwindcss()],
  server: { proxy: { "/v1": `http://localhost:${process.env["PORT"] ?? 8000}` } },
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    // a data: URL is not 'self', so nothing is inlined
    assetsInlineLimit: 0,
    manifest: true
  }
})
