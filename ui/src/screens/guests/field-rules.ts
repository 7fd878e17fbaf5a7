import type { FieldView } from "../../ipc/bindings";
import { meaning, type Staged, type ValueType } from "./staging";

/** What people call the fields that every contact has. */
const ownNames: Record<string, string> = {
  firstName: "First name",
  middleName: "Middle name",
  lastName: "Last name",
  salutation: "Salutation",
  title: "Title",
  workEmail: "Work e-mail",
  personalEmail: "Personal e-mail",
  otherEmail: "Other e-mail",
  externalSystemUrl: "Web address",
  cellPhone: "Cell phone",
  workPhone: "Work phone",
  homePhone: "Home phone",
  otherPhone: "Other phone",
};

export const nameOfField = (key: string, field: FieldView | undefined): string => field?.title ?? ownNames[key] ?? key;

/** As which type a value of the field is staged. */
export function typeOfField({ kind }: FieldView): ValueType {
  if (kind === "integer" || kind === "number") return "number";
  return kind === "yesNo" ? "yesNo" : "text";
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Why the org would refuse what is staged, as far as the page can tell; the org has the last word. */
export function fieldProblem(field: FieldView, edit: Omit<Staged, "before">): string | null {
  if (edit.type === null) return field.required ? "Required: it cannot be removed." : null;
  const after = meaning(edit);
  if ("problem" in after) return after.problem;
  const typed = edit.typed.trim();
  if (edit.type !== "yesNo" && typed === "") return "Type a value, or undo the change.";
  switch (field.kind) {
    case "integer":
      return /^-?\d+$/.test(typed) ? outOfRange(field, Number(typed)) : "A whole number, such as 42.";
    case "number":
      return outOfRange(field, Number(typed));
    case "date":
      return DAY.test(typed) && !Number.isNaN(Date.parse(typed)) ? null : "A day, such as 2026-01-31.";
    case "dateTime":
      return MOMENT.test(typed) && !Number.isNaN(Date.parse(typed)) ? null : "A time, such as 2026-01-31T09:00:00Z.";
    case "choice":
      return field.choices.some(({ key }) => key === edit.typed) ? null : "One of the choices.";
    case "url":
      return /^https?:\/\/\S+$/.test(typed) ? outOfLength(field, typed) : "A web address with http:// or https://.";
    case "email":
      return /^[^\s@]+@[^\s@]+$/.test(typed)
        ? outOfLength(field, typed)
        : "An e-mail address, such as ada@example.org.";
    case "phone":
      return /^[\d +\-()./]*\d{3}/.test(typed) ? null : "A telephone number, such as +15550100.";
    case "tags":
      return outOfCount(field, typed.split(",").filter((tag) => tag.trim() !== "").length);
    case "unknown":
      return "Its type is not known here, so it cannot be changed here.";
    case "text":
    case "longText":
    case "yesNo":
      return outOfLength(field, edit.typed);
  }
}

function outOfLength({ kind, minLength, maxLength }: FieldView, text: string): string | null {
  const length = [...text].length;
  if (kind === "yesNo") return null;
  if (maxLength !== null && length > maxLength) return `At most ${maxLength} characters; these are ${length}.`;
  return minLength !== null && length < minLength ? `At least ${minLength} characters.` : null;
}

function outOfCount({ minLength, maxLength }: FieldView, words: number): string | null {
  if (maxLength !== null && words > maxLength) return `At most ${maxLength} words, with commas between them.`;
  return minLength !== null && words < minLength ? `At least ${minLength} words, with commas between them.` : null;
}

function outOfRange({ minimum, maximum }: FieldView, value: number): string | null {
  if (minimum !== null && value < minimum) return `At least ${minimum}.`;
  return maximum !== null && value > maximum ? `At most ${maximum}.` : null;
}

/** What the field takes, for the title of its control. */
export function takes(field: FieldView): string {
  const parts = [
    field.required && "required",
    field.maxLength !== null && `at most ${field.maxLength} ${field.kind === "tags" ? "words" : "characters"}`,
    field.minimum !== null && `from ${field.minimum}`,
    field.maximum !== null && `up to ${field.maximum}`,
  ];
  return parts.filter((part) => part !== false).join(", ");
}
