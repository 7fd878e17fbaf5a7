import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { acts, lookAlikes, lookOf, piecesOf, shown, spelled } from "../src/parts/shown";

/** What acts by the rule of the command line, read from its source. */
function actsOnATerminal(): (code: number) => boolean {
  const source = readFileSync("../crates/model/src/terminal.rs", "utf8");
  const rule = /pub fn acts\(c: char\) -> bool \{\n\s*c\.is_control\(\)\n\s*\|\| matches!\(c,([^)]*)\)/.exec(source);
  const ranges = [...(rule?.[1] ?? "").matchAll(/'\\u\{(\w+)\}'(?:\.\.='\\u\{(\w+)\}')?/g)].map(([, from, to]) => {
    const first = Number.parseInt(from ?? "", 16);
    return [first, to === undefined ? first : Number.parseInt(to, 16)] as const;
  });
  expect(ranges.length).toBeGreaterThan(4);
  const isControl = (code: number) => code < 0x20 || (code >= 0x7f && code <= 0x9f);
  return (code) => isControl(code) || ranges.some(([from, to]) => code >= from && code <= to);
}

test("what acts on the screen is what acts on a terminal, for every character there is", () => {
  const rule = actsOnATerminal();
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (acts(code) !== rule(code)) expect.fail(`U+${code.toString(16)}`);
  }
});

test("a text that would be read backwards, or hides something, names what does it", () => {
  expect(shown("\u202elive")).toBe("[U+202E]live");
  expect(shown("a\u0000b\u200bc\nd")).toBe("a[U+0000]b[U+200B]c[U+000A]d");
  expect(piecesOf("one\n\ttwo\u2066", true)).toEqual([
    { text: "one\n\ttwo", odd: false },
    { text: "[U+2066]", odd: true },
  ]);
  // What people write with stays as it is.
  for (const plain of ["Zoë Müller", "👩\u200d👧", "نمی\u200cخواهم", "שלום", "🏳️‍🌈", ""]) {
    expect(piecesOf(plain).map(({ text }) => text)).toEqual([plain]);
  }
  expect(shown("שלום")).toBe("\u2068שלום\u2069");
});

test("keys that look alike are marked with how they are written, and no others", () => {
  const pairs: [string, string][] = [
    ["\u00e9", "e\u0301"],
    ["tier", "ti\u0435r"],
    ["tier", "t\u0456er"],
    ["tier", "tier\u200b"],
    ["tier", "\uff54ier"],
    ["status", "\u0455tatus"],
    ["order-id", "order\u2011id"],
    ["Order id", "Order\u00a0id"],
    ["note", "n\u03bfte"],
  ];
  for (const [one, other] of pairs) {
    expect(lookOf(one), `${spelled(one)} and ${spelled(other)}`).toBe(lookOf(other));
    const marked = lookAlikes([one, "else", other]);
    expect([...marked.keys()]).toEqual([one, other]);
    expect(marked.get(one)).not.toBe(marked.get(other));
  }
  expect(lookAlikes(["tier", "tiers", "name", "n\u00e4me", "заметка"]).size).toBe(0);
  expect([spelled("\u00e9"), spelled("e\u0301"), spelled("tier")]).toEqual([
    "U+00E9",
    "U+0065 U+0301",
    "plain letters",
  ]);
});
