import type { AttributeChange, AttributeConflict, Boxed, Scalar } from "../../ipc/bindings";

export type ValueType = "text" | "number" | "yesNo" | "date" | "empty";

/** An edit that is not yet saved: what the person saw, and what they typed. `type: null` takes the key away. */
export type Staged = { before: Boxed | null; type: ValueType | null; typed: string };

/** By key, in the order in which they were staged. */
export type Staging = ReadonlyMap<string, Staged>;

export const noStaging: Staging = new Map();

const dateTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

export function typeOf(value: Scalar): ValueType {
  if (value === null) return "empty";
  if (typeof value === "number" || typeof value === "object") return "number";
  if (typeof value === "boolean") return "yesNo";
  return dateTime.test(value) && !Number.isNaN(Date.parse(value)) ? "date" : "text";
}

/** A value as it is typed. */
export const asTyped = (value: Scalar): string =>
  value === null ? "" : typeof value === "object" ? value.number : String(value);

/** What the typed text means, or what is wrong with it. */
export function read(type: ValueType, typed: string): { value: Scalar } | { problem: string } {
  switch (type) {
    case "empty":
      return { value: null };
    case "yesNo":
      return { value: typed === "true" };
    case "number":
      return readNumber(typed.trim());
    case "date":
      return dateTime.test(typed.trim()) && !Number.isNaN(Date.parse(typed.trim()))
        ? { value: typed.trim() }
        : { problem: "A date, such as 2026-01-31 or 2026-01-31T09:30:00Z." };
    case "text":
      return { value: typed };
  }
}

/** A number that can be kept as it is typed: by the page itself, or, where it is too large for that, by its digits. */
function readNumber(typed: string): { value: Scalar } | { problem: string } {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(typed)) return { problem: "A number, such as 42 or 1.5." };
  const value = Number(typed);
  if (Number.isFinite(value) && sameNumber(typed, String(value))) return { value: value === 0 ? 0 : value };
  // What the core holds exactly: whole numbers of 64 bits.
  const whole = /^-?\d+$/.test(typed) ? BigInt(typed) : null;
  if (whole !== null && whole >= -(2n ** 63n) && whole < 2n ** 64n) return { value: { number: typed } };
  return { problem: `Kept as a number it would become ${value}. Make it a text to keep it as it is.` };
}

/** Whether two ways of writing a number mean the same one. */
export function sameNumber(a: string, b: string): boolean {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  return left.negative === right.negative && left.digits === right.digits && left.power === right.power;
}

/** Sign, digits without zeros at either end, and the power of ten of the last of them. */
function decimalOf(text: string) {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().replace(/^-/, "").split("e");
  const [whole = "", broken = ""] = mantissa.split(".");
  const all = `${whole}${broken}`;
  const kept = all.replace(/0+$/, "");
  const digits = kept.replace(/^0+/, "");
  if (digits === "") return { negative: false, digits, power: 0 };
  return { negative: text.startsWith("-"), digits, power: Number(exponent) - broken.length + all.length - kept.length };
}

/** Stages what a person typed; going back to what they saw takes the edit away again. */
export function stage(staging: Staging, key: string, current: Boxed | null, edit: Omit<Staged, "before">): Staging {
  const before = staging.get(key)?.before ?? (staging.has(key) ? null : current);
  const next = new Map(staging);
  const after = meaning(edit);
  const same = !("problem" in after) && equal(before, after.boxed);
  if (same) next.delete(key);
  else next.set(key, { ...edit, before });
  return next;
}

export function unstage(staging: Staging, key: string): Staging {
  const next = new Map(staging);
  next.delete(key);
  return next;
}

/** What a staged edit comes to; `boxed: null` is absent. */
export function meaning(edit: Omit<Staged, "before">): { boxed: Boxed | null } | { problem: string } {
  if (edit.type === null) return { boxed: null };
  const result = read(edit.type, edit.typed);
  return "problem" in result ? result : { boxed: { value: result.value } };
}

const equal = (a: Boxed | null, b: Boxed | null) => JSON.stringify(a) === JSON.stringify(b);

/** What to send, or `null` while something typed does not read. */
export function changesOf(staging: Staging): AttributeChange[] | null {
  const changes: AttributeChange[] = [];
  for (const [key, staged] of staging) {
    const after = meaning(staged);
    if ("problem" in after) return null;
    changes.push({ key, before: staged.before, after: after.boxed });
  }
  return changes;
}

/** Decides one conflicting key: their value is what the edit starts from now, and is either taken or edited over. */
export function decide(staging: Staging, conflict: AttributeConflict, keep: "mine" | "theirs"): Staging {
  const staged = staging.get(conflict.key);
  if (keep === "theirs" || !staged || equal(conflict.ours, conflict.theirs)) return unstage(staging, conflict.key);
  const next = new Map(staging);
  next.set(conflict.key, { ...staged, before: conflict.theirs });
  return next;
}

/** A value as it stands in a diff. */
export function words(boxed: Boxed | null): string {
  if (boxed === null) return "absent";
  return boxed.value !== null && typeof boxed.value === "object" ? boxed.value.number : JSON.stringify(boxed.value);
}
