import { describe, expect, test } from "vitest";
import type { LabRowView } from "../src/ipc/bindings";
import { sizeWords } from "../src/screens/chat-lab/content";
import { lastOwnOf, offeredReplies, placeOf } from "../src/screens/chat-lab/transcript-rows";
import { attemptsWords, tookWords, totalsWords } from "../src/states/scenario";

const row = (number: number, part: Partial<LabRowView> = {}): LabRowView => ({
  number,
  kind: "agent",
  id: null,
  key: `key ${number}`,
  at: "2026-11-30T10:00:00Z",
  text: "text",
  nickname: null,
  content: [],
  delivery: null,
  why: null,
  upload: null,
  outOfOrder: false,
  fromHistory: false,
  needsPerson: false,
  sentAgain: false,
  ...part,
});

const reply = { type: "quickReply", button: { text: "Yes", payload: "yes", isLink: false } } as const;

describe("a line of a transcript by its neighbours", () => {
  test("the day stands above the first line of it only", () => {
    const first = row(1);
    expect(placeOf(first, undefined, 0).day).toBe("Monday 30 November");
    expect(placeOf(row(2), first, 0).day).toBeNull();
    expect(placeOf(row(3, { at: "2026-12-01T00:00:01Z" }), first, 0).day).toBe("Tuesday 1 December");
  });

  test("who writes is named where that changes: by kind, by name, and after a line between", () => {
    expect(placeOf(row(2), row(1), 0).first).toBe(false);
    expect(placeOf(row(2), row(1, { kind: "bot" }), 0).first).toBe(true);
    expect(placeOf(row(2, { nickname: "Sam" }), row(1), 0).first).toBe(true);
    expect(placeOf(row(2), row(1, { kind: "event" }), 0).first).toBe(true);
  });

  test("what is offered is open until the guest writes, and closed while that is not known", () => {
    const tail = [row(1), row(2, { kind: "guest" }), row(3)];
    const own = lastOwnOf(tail);
    expect(own).toBe(2);
    expect(placeOf(row(1), undefined, own).open).toBe(false);
    expect(placeOf(row(3), undefined, own).open).toBe(true);
    expect(placeOf(row(3), undefined, null).open).toBe(false);
    expect(lastOwnOf([])).toBe(0);
  });

  test("quick replies are those of the last message, also where something happened after it", () => {
    const offer = row(1, { content: [reply] });
    const offered = { message: "key 1", choices: [reply.button] };
    expect(offeredReplies([offer])).toEqual(offered);
    expect(offeredReplies([offer, row(2, { kind: "event" })])).toEqual(offered);
    expect(offeredReplies([offer, row(2)]).choices).toEqual([]);
    expect(offeredReplies([offer, row(2, { kind: "guest" })]).choices).toEqual([]);
    expect(offeredReplies([]).choices).toEqual([]);
  });
});

test("sizes and times are short enough to stand beside a name", () => {
  expect([340, 12_345, 3_400_000].map(sizeWords)).toEqual(["340 bytes", "12 kB", "3.4 MB"]);
  expect([340, 2_440, 180_000].map(tookWords)).toEqual(["340 ms", "2.4 s", "3 min"]);
});

test("results are counted with what failed first, and attempts are told where there were more", () => {
  const none = { passed: 0, failed: 0, errored: 0, skipped: 0, notRun: 0, stale: 0 };
  expect(totalsWords(none, null)).toBe("No result yet");
  const some = { ...none, passed: 12, failed: 2, errored: 1 };
  expect(totalsWords(some, null)).toBe("2 failed · 1 not told · 12 passed");
  const problem = { message: "m", next: "n", name: "b.yaml", line: 3, column: 1 };
  const last = { total: 16, ended: 15, end: "stopped", leftOut: [{ id: "b", name: "b.yaml", problem }] } as const;
  expect(totalsWords({ ...some, notRun: 1, stale: 2 }, { ...last, leftOut: [...last.leftOut] })).toBe(
    "2 failed · 1 not told · 1 not run · 12 passed · 1 file not run (2 of them out of date)",
  );
  const once = { attempt: 1, attempts: 1, passedAttempts: 1 } as Parameters<typeof attemptsWords>[0];
  expect(attemptsWords(once)).toBeNull();
  expect(attemptsWords({ ...once, attempt: 2 })).toBe("attempt 2");
  expect(attemptsWords({ ...once, attempts: 5, passedAttempts: 4 })).toBe("4 of 5 passed");
});
