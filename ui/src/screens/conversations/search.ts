import { countOf } from "../../format";
import type { ChatsQuery, ChatsWanted } from "../../ipc/bindings";
import { numberOf } from "../../parts/numbers";
import { MOST_DAYS } from "../guests/list-foot";

export const DAYS = { least: 1, most: MOST_DAYS };

/** Which state is looked for; `ended` the list tells, `open` and `unclear` only each conversation. */
type StateName = "any" | "open" | "unclear" | "ended";

/** A search as it stands in the form. */
export type TypedSearch = { days: string; state: StateName; queue: string; attribute: string };

/** A search as it is made. */
export type Search = {
  days: number;
  state: StateName;
  queue: string | null;
  attribute: { key: string; value: string | null } | null;
};

export const firstSearch: TypedSearch = { days: "7", state: "any", queue: "", attribute: "" };

/** `OrderId`, or `OrderId=A-17`; why it is neither. */
export function attributeOf(typed: string): { attribute: Search["attribute"] } | { problem: string } {
  const text = typed.trim();
  if (text === "") return { attribute: null };
  const at = text.indexOf("=");
  const key = (at === -1 ? text : text.slice(0, at)).trim();
  if (key === "") return { problem: "Begins with the key, such as OrderId or OrderId=A-17." };
  return { attribute: { key, value: at === -1 ? null : text.slice(at + 1).trim() } };
}

/** What the form says; `null` where something in it cannot be searched for. */
export function searchOf(typed: TypedSearch): Search | null {
  const days = numberOf(DAYS, typed.days);
  const attribute = attributeOf(typed.attribute);
  if (days === null || "problem" in attribute) return null;
  return { days, state: typed.state, queue: typed.queue.trim() || null, ...attribute };
}

/** What the org's list is asked for. */
export const questionOf = ({ days, state, queue }: Search): Omit<ChatsQuery, "before"> => ({
  days,
  guest: null,
  end: state === "ended" ? "with" : state === "any" ? null : "without",
  queue,
});

/** What only each conversation can tell; `null` where the list tells all that is looked for. */
export function wantedOf({ state, attribute }: Search): ChatsWanted | null {
  const asked = state === "open" || state === "unclear" ? state : null;
  return asked === null && attribute === null ? null : { state: asked, attribute };
}

const stateWords: Record<StateName, string> = {
  any: "Conversations",
  open: "Open conversations",
  unclear: "Unclear conversations",
  ended: "Ended conversations",
};

/** A search as a person would say it. */
export function searchWords({ days, state, queue, attribute }: Search): string {
  const parts = [
    `${stateWords[state]} of the last ${countOf(days, "day")}`,
    queue !== null && `in a queue with “${queue}” in its name`,
    attribute !== null &&
      (attribute.value === null
        ? `with the attribute ${attribute.key}`
        : `with ${attribute.key} = “${attribute.value}”`),
  ];
  return parts.filter((part) => part !== false).join(", ");
}
