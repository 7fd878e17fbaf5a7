import { count } from "../format";
import type { LimitsView } from "../ipc/bindings";

export type Range = {
  least: number;
  most: number;
  /** Nothing typed means none. */
  orEmpty?: boolean;
};

/** Numbers that are the same for every org and need no limit of the core: any count of guests, and a port. */
export const ranges = {
  cap: { least: 1, most: 4_000_000_000, orEmpty: true },
  pace: { least: 1, most: 100_000, orEmpty: true },
  paceNow: { least: 1, most: 100_000 },
  brakeFloor: { least: 0, most: 4_000_000_000 },
  port: { least: 0, most: 65_535 },
} satisfies Record<string, Range>;

/** Every number that is typed in the window, with what it may be by the limits of the core. */
export const rangesOf = (limits: Pick<LimitsView, "retentionDays" | "brakeTimes" | "interactions">) =>
  ({
    ...ranges,
    days: { least: 1, most: limits.retentionDays },
    thenDays: { least: 1, most: limits.retentionDays, orEmpty: true },
    brakeTimes: { least: 1, most: limits.brakeTimes },
    interactions: { least: 1, most: limits.interactions },
  }) satisfies Record<string, Range>;

export type Ranges = ReturnType<typeof rangesOf>;

/** A whole number as people write it, with or without commas between thousands. Anything else is no number. */
export function wholeOf(typed: string): number | null {
  const text = typed.trim();
  return /^(\d{1,15}|\d{1,3}(,\d{3}){1,4})$/.test(text) ? Number(text.replaceAll(",", "")) : null;
}

/** What was typed, or what is allowed instead. */
export function readNumber(range: Range, typed: string): { value: number | null } | { problem: string } {
  const { least, most, orEmpty } = range;
  if (orEmpty && typed.trim() === "") return { value: null };
  const value = wholeOf(typed);
  return value !== null && value >= least && value <= most ? { value } : { problem: allowedWords(range) };
}

/** `A whole number from 1 to 3,650, or empty.` */
export function allowedWords({ least, most, orEmpty }: Range): string {
  return `A whole number from ${count(least)} to ${count(most)}${orEmpty ? ", or empty" : ""}.`;
}

/** The number, or nothing where it is none or left out. */
export function numberOf(range: Range, typed: string): number | null {
  const read = readNumber(range, typed);
  return "value" in read ? read.value : null;
}

/** A stored number as it is typed. */
export const typedOf = (value: number | null): string => (value === null ? "" : String(value));
