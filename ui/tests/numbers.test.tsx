import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test } from "vitest";
import { count } from "../src/format";
import { NumberField } from "../src/parts/number-field";
import { allowedWords, type Range, rangesOf, readNumber, typedOf } from "../src/parts/numbers";
import { meaning, read, sameNumber, stage, typeOf, words } from "../src/screens/guests/staging";
import { isTyped } from "../src/screens/retention/run-questions";

const ranges: [string, Range][] = Object.entries(
  rangesOf({ retentionDays: 3_650, brakeTimes: 1_000, interactions: 1_000_000 }),
);

/** What people type, paste or slip, and no field may turn into a number. */
const noNumbers = [
  "3.5",
  "-5",
  "+5",
  "1e999",
  "1e3",
  "0x10",
  "five",
  "5 6",
  "1,0",
  "1,0000",
  ",100",
  "1.000",
  "٣",
  "½",
];

function Field({ range }: { range: Range }) {
  const [typed, setTyped] = useState("");
  return (
    <MantineProvider>
      <NumberField range={range} label="Number" value={typed} onType={setTyped} />
    </MantineProvider>
  );
}

describe.each(ranges)("the number field %s", (_name, range) => {
  const { least, most, orEmpty } = range;

  test("keeps what was typed and refuses it with what is allowed", async () => {
    const user = userEvent.setup();
    render(<Field range={range} />);
    const field = screen.getByRole("textbox", { name: "Number" }) as HTMLInputElement;
    for (const typed of noNumbers) {
      expect(readNumber(range, typed)).toEqual({ problem: allowedWords(range) });
      await user.clear(field);
      await user.type(field, typed);
      expect(field.value).toBe(typed);
      expect(screen.getByText(allowedWords(range))).toBeDefined();
    }
  });

  test("takes its bounds, with and without commas and blanks around them, and nothing beyond", () => {
    for (const value of [least, most]) {
      for (const typed of [typedOf(value), count(value), ` ${value}\n`, `00${value}`]) {
        expect(readNumber(range, typed)).toEqual({ value });
      }
    }
    for (const value of [most + 1, 9007199254740993n, 10n ** 30n]) {
      expect(readNumber(range, String(value))).toEqual({ problem: allowedWords(range) });
    }
    if (least > 0) expect(readNumber(range, "0")).toEqual({ problem: allowedWords(range) });
    expect(readNumber(range, "  ")).toEqual(orEmpty ? { value: null } : { problem: allowedWords(range) });
    expect(allowedWords(range)).toContain(count(most));
  });
});

test("there is one field for numbers: no screen has another", () => {
  const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
  const others = Object.entries(sources).filter(
    ([file, text]) => !file.endsWith("/number-field.tsx") && /\bNumberInput\b|type="number"|\bmaxLength=/.test(text),
  );
  expect(Object.keys(sources).length).toBeGreaterThan(80);
  expect(others.map(([file]) => file)).toEqual([]);
});

test("a count that is typed as a word counts as it is written only", () => {
  for (const good of ["682", " 682 "]) expect(isTyped(good, 682)).toBe(true);
  expect(isTyped("66,577", 66_577)).toBe(true);
  for (const bad of ["68.2", "6 82", "6,82", "0x2aa", "682.0", "6.8.2"]) expect(isTyped(bad, 682)).toBe(false);
});

/** The same cases each time: a page's test says something of the change and not of its luck. */
function* randomNumbers(howMany: number): Generator<string> {
  let seed = 12;
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const digits = (most: number) => Array.from({ length: 1 + next(most) }, () => next(10)).join("");
  for (let at = 0; at < howMany; at += 1) {
    const whole = digits(24).replace(/^0+(?=\d)/, "");
    const broken = next(2) ? `.${digits(24)}` : "";
    const power = next(3) ? "" : `e${next(2) ? "-" : ""}${next(420)}`;
    yield `${next(2) ? "-" : ""}${whole}${broken}${power}`;
  }
}

describe("an attribute's number", () => {
  test("is kept as what is shown, or refused", () => {
    let [taken, refused] = [0, 0];
    for (const typed of randomNumbers(5_000)) {
      const result = read("number", typed);
      if ("problem" in result) {
        refused += 1;
        continue;
      }
      taken += 1;
      const shown = words({ value: result.value });
      expect(sameNumber(typed, shown), `${typed} is kept as ${shown}`).toBe(true);
      // As it travels, and as it is shown when it comes back.
      expect(words(JSON.parse(JSON.stringify({ value: result.value })))).toBe(shown);
    }
    expect(taken).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  test.each(["0x10", "1e-400", "1e400", "12345678901234567890123", "Infinity", "NaN", "1_000", "", " ", "1,5"])(
    "is refused where it would become another: %s",
    (typed) => {
      expect(read("number", typed)).toHaveProperty("problem");
      expect(read("text", typed)).toEqual({ value: typed });
    },
  );

  test("beyond what the page can hold is kept by its digits, and changed back it is no change", () => {
    const before = { value: { number: "9007199254740993" } };
    expect(typeOf(before.value)).toBe("number");
    expect(read("number", "9007199254740993")).toEqual(before);
    expect(words(before)).toBe("9007199254740993");
    const edited = stage(new Map(), "n", before, { type: "number", typed: "9007199254740992" });
    expect(edited.size).toBe(1);
    expect(stage(edited, "n", before, { type: "number", typed: "9007199254740993" }).size).toBe(0);
    expect(meaning({ type: "number", typed: "-0" })).toEqual({ boxed: { value: 0 } });
  });
});
