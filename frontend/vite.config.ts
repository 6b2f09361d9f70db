import { defineConfig } from "vitest/config";

export default defineConfig({
  // Relative, so that the files work under whatever STATIC_URL the server has.
  base: "./",
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    // The first browsers that know light-dark(), popover and nesting.
    target: ["chrome123", "firefox125", "safari17.5"],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: ["src/main.ts", "src/sw.ts"] },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"] },
});
