import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, mergeConfig } from "vitest/config";
import page from "./vite.config.ts";

/** Debian's browser; the driver would look for one of its own, which nothing here downloads. */
const chromium = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "chromium"))
  .find(existsSync);

/** As root there is no sandbox; and nothing is asked of any network. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default mergeConfig(
  page,
  defineConfig({
    test: {
      // A story has many waits, each with its own limit; together they take minutes where other things keep the machine busy.
      testTimeout: 240_000,
      // By itself it leaves one of two cores idle.
      maxWorkers: "100%",
      projects: [
        {
          extends: true,
          test: {
            name: "core",
            globalSetup: ["tests/start-bridge.ts"],
            include: ["tests/*.test.{ts,tsx}"],
            setupFiles: ["tests/setup.ts", "tests/undrawn.ts"],
            environment: "./tests/undrawn-page.ts",
            // Fixed so that local times read the same on every machine.
            env: { TZ: "UTC" },
          },
        },
        {
          extends: true,
          test: {
            name: "browser",
            globalSetup: ["tests/start-bridge.ts"],
            include: ["tests/browser/*.test.tsx"],
            setupFiles: ["tests/setup.ts", "tests/browser/styles.ts"],
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({ launchOptions: { ...(chromium && { executablePath: chromium }), args: QUIET } }),
              instances: [{ browser: "chromium" }],
              viewport: { width: 1360, height: 860 },
            },
          },
        },
      ],
    },
  }),
);
