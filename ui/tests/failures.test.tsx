import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Failure, FailureCode } from "../src/ipc/bindings";
import { type Core, CoreFailure } from "../src/ipc/core";
import { effects } from "../src/ipc/effects";
import { FailureNotice } from "../src/parts/failure-notice";
import { causeLines, failureWords, nextStep } from "../src/parts/failure-words";

const codes = Object.keys(failureWords) as FailureCode[];

const failed = (code: FailureCode, part: Partial<Failure> = {}): Failure => ({
  code,
  message: "The org answered 418 when asked to list guests.",
  next: "Put the kettle on.",
  fields: [],
  retryAfterMs: null,
  correlationId: null,
  ...part,
});

function read(command: keyof Core, failure: Failure): string {
  const { unmount } = render(
    <MantineProvider>
      <FailureNotice problem={new CoreFailure(failure, command)} />
    </MantineProvider>,
  );
  const text = screen.getByRole("alert").textContent ?? "";
  unmount();
  return text;
}

test.each(codes)("%s is read with cause, effect by what was asked, and the core's next step, each once", (code) => {
  const { cause, effect } = failureWords[code];
  for (const command of ["guestsPage", "guestSave"] as const) {
    const text = read(command, failed(code));
    const parts = [
      cause,
      "The org answered 418 when asked to list guests.",
      effect[effects[command]],
      "Put the kettle on.",
    ];
    for (const part of parts) expect(text.split(part)).toHaveLength(2);
    expect(text).not.toContain(failureWords[code].next);
  }
});

test("a failed read never speaks of changes, whatever was read and whatever failed", () => {
  const reads = (Object.keys(effects) as (keyof Core)[]).filter((command) => effects[command] === "read");
  expect(reads).toContain("guestsPage");
  for (const code of codes) {
    for (const command of reads) {
      const words = failureWords[code].effect[effects[command]];
      expect(words).not.toMatch(/\bchange[ds]?\b|\bsaved?\b|overwrit|taken the/i);
    }
  }
  expect(read("guestsPage", failed("org_failed"))).not.toContain("may not have taken the change");
  expect(read("guestSave", failed("org_failed"))).toContain("may not have taken the change");
});

test("each failure code has a cause, effects and a next step of its own", () => {
  for (const { cause, effect, next } of Object.values(failureWords)) {
    for (const sentence of [effect.read, effect.change, next]) expect(sentence).toMatch(/^[A-Z].{8,}\.$/);
    expect(cause).toMatch(/^[A-Z][^.]{8,}$/);
  }
  expect(new Set(Object.values(failureWords).map(({ cause }) => cause)).size).toBe(codes.length);
});

test("the core's next step stands, but for a command of the terminal, which is none in this window", () => {
  for (const code of codes) {
    expect(nextStep(failed(code))).toBe("Put the kettle on.");
    for (const next of ["", "See `innkeeper outbox list`.", "Confirm their number: --confirm 12."]) {
      expect(nextStep(failed(code, { next }))).toBe(failureWords[code].next);
    }
  }
  // The name of the program alone is no command.
  expect(nextStep(failed("newer_schema", { next: "Update Innkeeper." }))).toBe("Update Innkeeper.");
});

test("what is wrong with a field is said once, in the words of the screen", () => {
  const filter = { field: "filter", message: "has a quote at character 15 that is never closed" };
  const once = "Filter: has a quote at character 15 that is never closed.";
  expect(causeLines({ message: `filter: ${filter.message}`, fields: [filter] })).toEqual([once]);
  expect(causeLines({ message: `The org refuses it: ${filter.message}`, fields: [filter] })).toEqual([
    `The org refuses it: ${filter.message}.`,
  ]);
  expect(causeLines({ message: "The org refuses it", fields: [filter] })).toEqual(["The org refuses it.", once]);
});

test("the wait is said once: where the next step names it, not again beside it", () => {
  const wait = { retryAfterMs: 42_000 };
  expect(read("guestsPage", failed("rate_limited", wait))).toContain("Try again in 42 s.");
  const next = "Try again in 42 seconds.";
  expect(read("guestsPage", failed("rate_limited", { ...wait, next })).match(/42/g)).toHaveLength(1);
  const hours = { retryAfterMs: 7_200_000, next: "Try again in 2 hours." };
  expect(read("guestsPage", failed("rate_limited", hours))).not.toContain("7200");
});
