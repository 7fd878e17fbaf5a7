import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import type { Bridge } from "../dev/bridge";

declare module "vitest" {
  interface ProvidedContext {
    bridge: Bridge;
    /** The folder of the scenario files of the stories. */
    scenarios: string;
  }
}

/** The desktop test brings the binaries of its package along, with the features that every other test has. */
const BUILD = "cargo test --workspace --locked --features custom-protocol,bridge --test desktop --no-run";

/** The bridge's binary: where it was built to, or what the variable says. */
function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  const name = process.platform === "win32" ? "innkeeper-bridge.exe" : "innkeeper-bridge";
  const path = process.env.INNKEEPER_BRIDGE ?? resolve("..", target, "debug", name);
  if (existsSync(path)) return path;
  throw new Error(
    `The stories run on the real core, and ${path} is not built. In the project's folder:\n\n  ${BUILD}\n`,
  );
}

/** Starts the bridge once for all stories. It ends with its standard input, so it cannot outlive them. */
export default async function startBridge(project: TestProject) {
  // Exports go to the folder for downloads, which must not be that of whoever runs the stories.
  const home = mkdtempSync(join(tmpdir(), "innkeeper-stories-"));
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: join(home, "data"), XDG_CONFIG_HOME: join(home, "config") };
  const child = spawn(binary(), { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((done) => child.on("exit", () => done()));
  for await (const line of createInterface(child.stdout)) {
    const { bridge, token } = JSON.parse(line);
    project.provide("bridge", { url: bridge, token });
    project.provide("scenarios", resolve("tests/scenarios"));
    break;
  }
  return async () => {
    child.stdin.end();
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
}
