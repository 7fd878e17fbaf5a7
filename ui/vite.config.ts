import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: {
    // The window is WebKitGTK 2.40 or newer, WebView2 or WKWebView of macOS 13.
    target: ["safari16", "chrome111"],
    // One piece, and most of it React and Mantine: it comes from the binary, not from a network.
    chunkSizeWarningLimit: 1_200,
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    testTimeout: 60_000,
    // By itself it leaves one of two cores idle.
    maxWorkers: "100%",
    // Fixed so that local times read the same on every machine.
    env: { TZ: "UTC" },
  },
});
