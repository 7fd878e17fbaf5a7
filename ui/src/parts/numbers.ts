import { count } from "../format";

export type Range = {
  least: number;
  most: number;
  /** Nothing typed means none. */
  orEmpty?: boolean;
};

/** Every number that is typed in the window, with what it may be. */
export const ranges = {
  days: { least: 1, most: 3650 },
  thenDays: { least: 1, most: 3650, orEmpty: true },
  cap: { least: 1, most: 4_000_000_000, orEmpty: true },
  pace: { least: 1, most: 100_000, orEmpty: true },
  paceNow: { least: 1, most: 100_000 },
  brakeTimes: { least: 1, most: 1000 },
  brakeFloor: { least: 0, most: 4_000_000_000 },
  interactions: { least: 1, most: 1_000_000 },
  port: { least: 0, most: 65_535 },
} satisfies Record<string, Range>;

export type RangeName = keyof typeof ranges;

/** A whole number as people write it, with or without commas between thousands. Anything else is no number. */
export function wholeOf(typed: string): number | null {
  const text = typed.trim();
  return /^(\d{1,15}|\d{1,3}(,\d{3}){1,4})$/.test(text) ? Number(text.replaceAll(",", "")) : null;
}

/** What was typed, or what is allowed instead. */
export function readNumber(name: RangeName, typed: string): { value: number | null } | { problem: string } {
  const { least, most, orEmpty }: Range = ranges[name];
  if (orEmpty && typed.trim() === "") return { value: null };
  const value = wholeOf(typed);
  return value !== null && value >= least && value <= most ? { value } : { problem: allowedWords(name) };
}

/** `A whole number from 1 to 3,650, or empty.` */
export function allowedWords(name: RangeName): string {
  const { least, most, orEmpty }: Range = ranges[name];
  return `A whole number from ${count(least)} to ${count(most)}${orEmpty ? ", or empty" : ""}.`;
}

/** The number, or nothing where it is none or left out. */
export function numberOf(name: RangeName, typed: string): number | null {
  const read = readNumber(name, typed);
  return "value" in read ? read.value : null;
}

/** A stored number as it is typed. */
export const typedOf = (value: number | null): string => (value === null ? "" : String(value));
