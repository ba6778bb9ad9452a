import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { patrolFiles } from "./scripts/patrol-files.ts";

/** Where `npm run dev` finds the back end: the same PORT the back end listens on. */
const backend = `http://127.0.0.1:${process.env["PORT"] ?? "8000"}`;

export default defineConfig({
  base: "/static/",
  plugins: [vue(), patrolFiles()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      "@generated": fileURLToPath(new URL("./generated", import.meta.url)),
    },
  },
  define: {
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_I18N_LEGACY_API__: "false",
    __INTLIFY_PROD_DEVTOOLS__: "false",
  },
  build: {
    outDir: "dist",
    manifest: true,
    rolldownOptions: {
      input: {
        console: "src/console/main.ts",
        village: "src/village/main.ts",
        guest: "src/guest/main.ts",
        patrol: "src/patrol/main.ts",
        "patrol-worker": "src/patrol/worker/worker.ts",
        "desk-worker": "src/push/worker.ts",
      },
    },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: { "/api": backend, "/ws": { target: backend, ws: true } },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts"],
  },
});
