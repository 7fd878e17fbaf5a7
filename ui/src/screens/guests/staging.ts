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
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "yesNo";
  return dateTime.test(value) && !Number.isNaN(Date.parse(value)) ? "date" : "text";
}

/** A value as it is typed. */
export const asTyped = (value: Scalar): string => (value === null ? "" : String(value));

/** What the typed text means, or what is wrong with it. */
export function read(type: ValueType, typed: string): { value: Scalar } | { problem: string } {
  switch (type) {
    case "empty":
      return { value: null };
    case "yesNo":
      return { value: typed === "true" };
    case "number": {
      const value = Number(typed);
      return typed.trim() === "" || !Number.isFinite(value) ? { problem: "A number, such as 42 or 1.5." } : { value };
    }
    case "date":
      return dateTime.test(typed.trim()) && !Number.isNaN(Date.parse(typed.trim()))
        ? { value: typed.trim() }
        : { problem: "A date, such as 2026-01-31 or 2026-01-31T09:30:00Z." };
    case "text":
      return { value: typed };
  }
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

const equal = (a: Boxed | null, b: Boxed | null) => (a === null || b === null ? a === b : a.value === b.value);

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

/** Decides one key in dispute: theirs is the new ground, either taken or edited over. */
export function decide(staging: Staging, conflict: AttributeConflict, keep: "mine" | "theirs"): Staging {
  const staged = staging.get(conflict.key);
  if (keep === "theirs" || !staged || equal(conflict.ours, conflict.theirs)) return unstage(staging, conflict.key);
  const next = new Map(staging);
  next.set(conflict.key, { ...staged, before: conflict.theirs });
  return next;
}

/** A value as it stands in a diff. */
export function words(boxed: Boxed | null): string {
  return boxed === null ? "absent" : JSON.stringify(boxed.value);
}
