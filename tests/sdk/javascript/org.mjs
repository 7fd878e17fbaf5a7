// An org in a process of its own, and what it says happened. The control port judges, never the SDK.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts `innkeeper simulator` with these further arguments. */
export async function startOrg(...further) {
  const ports = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"];
  const world = ["--guests", "100", "--seed", "1"];
  const child = spawn(process.env.INNKEEPER, ["simulator", ...ports, ...world, ...further], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.on("exit", () => child.kill("SIGKILL"));
  child.on("error", (error) => {
    throw error;
  });
  const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (line === undefined) throw new Error("the simulator ended without saying where it listens");
  return new Org(child, JSON.parse(line));
}

class Org {
  #child;
  #control;

  constructor(child, { listening, control }) {
    this.#child = child;
    this.#control = control;
    this.port = Number(new URL(listening).port);
  }

  stop() {
    this.#child.kill("SIGKILL");
  }

  /** Every line, or those above `n`. */
  async ledger(n = 0) {
    const text = await (await this.#ask(`/ledger?since=${n}`)).text();
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** The requests that `step` led to, as the org saw them. */
  async requestsOf(step) {
    const before = (await this.ledger()).length;
    await step();
    return (await this.ledger(before)).filter((entry) => entry.kind === "request");
  }

  async stats() {
    return (await this.#ask("/stats")).json();
  }

  /** One rule for the next request that matches; `{}` as `when` is any. */
  async trouble(what, when = {}) {
    const rule = { when: { ...when, from: 0, until: 1 }, share: 1, do: what };
    await this.#ask("/weather", { seed: 1, rules: [rule] });
  }

  /** Moves the org's clock on. */
  async advance(seconds) {
    await this.#ask("/clock", { advanceSeconds: seconds });
  }

  async #ask(path, body) {
    const headers = { "Content-Type": "application/json" };
    const post = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(this.#control + path, body && post);
    if (!answer.ok) throw new Error(`control port: ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}
