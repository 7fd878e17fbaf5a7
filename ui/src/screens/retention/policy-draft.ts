import { count, zoneName } from "../../format";
import type { BrakeView, NamedPolicyView, PolicyDraft, PolicyView, QuietView, Weekday } from "../../ipc/bindings";
import { type Range, type Ranges, readNumber, typedOf } from "../../parts/numbers";
import { listed } from "./cron-words";

export const weekdays: Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A stored policy as it is edited. */
export function draftOf({ id, name, what, schedule, quiet, cap, pace, brake }: NamedPolicyView): PolicyDraft {
  return { id, name, what, cron: schedule.cron, zone: schedule.zone, quiet, cap, pace, brake };
}

/** A policy that takes nobody by itself until it is confirmed and switched on. */
export function newDraft(zone: string): PolicyDraft {
  return {
    id: `policy-${crypto.randomUUID()}`,
    name: "",
    what: { days: 30, fromLastActivity: false, filter: null, spareOpenConversations: true, spareActive: false },
    cron: "0 2 * * *",
    zone,
    quiet: { zone, followsSchedule: true, windows: [] },
    cap: null,
    pace: null,
    brake: BRAKE,
  };
}

/** A policy in the editor: its numbers as they were typed. */
export type EditedPolicy = {
  draft: PolicyDraft;
  typed: { days: string; cap: string; pace: string; times: string; floor: string };
};

/** How many times the usual is asked about, where nobody has said it. */
export const BRAKE: BrakeView = { times: 3, floor: 100 };

export function editedOf(draft: PolicyDraft): EditedPolicy {
  const { times, floor } = draft.brake ?? BRAKE;
  return {
    draft,
    typed: {
      days: typedOf(draft.what.days),
      cap: typedOf(draft.cap),
      pace: typedOf(draft.pace),
      times: typedOf(times),
      floor: typedOf(floor),
    },
  };
}

/** What the typed numbers come to, and what is wrong with those that come to none, by the field's name. */
export function readPolicy(
  { draft, typed }: EditedPolicy,
  ranges: Ranges,
): { draft: PolicyDraft; problems: Record<string, string> } {
  const problems: Record<string, string> = {};
  const read = <Kept>(field: string, range: Range, text: string, kept: Kept) => {
    const result = readNumber(range, text);
    if ("value" in result) return result.value;
    problems[field] = result.problem;
    return kept;
  };
  const days = read("days", ranges.days, typed.days, draft.what.days) ?? draft.what.days;
  const cap = read("cap", ranges.cap, typed.cap, draft.cap);
  const pace = read("pace", ranges.pace, typed.pace, draft.pace);
  const brake = draft.brake && {
    times: read("brake", ranges.brakeTimes, typed.times, draft.brake.times) ?? draft.brake.times,
    floor: read("brakeFloor", ranges.brakeFloor, typed.floor, draft.brake.floor) ?? draft.brake.floor,
  };
  return { draft: { ...draft, what: { ...draft.what, days }, cap, pace, brake }, problems };
}

export const sameWhat = (a: PolicyView, b: PolicyView) => JSON.stringify(shape(a)) === JSON.stringify(shape(b));

const shape = (what: PolicyView) => [
  what.days,
  what.fromLastActivity,
  what.filter ?? "",
  what.spareOpenConversations,
  what.spareActive,
];

/** How many rules of who must go differ. */
export function whatDiffers(a: PolicyView, b: PolicyView): number {
  const [left, right] = [shape(a), shape(b)];
  return left.filter((value, place) => value !== right[place]).length;
}

export const zoneHere = () => zoneName(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");

/** `older than 30 days since creation, only attributes.tier = "silver"`. */
export const whatWords = (what: PolicyView) =>
  `older than ${ageWords(what)}${what.filter ? `, only ${what.filter}` : ""}`;

/** `30 days since creation`. */
export function ageWords({ days, fromLastActivity }: PolicyView): string {
  const since = fromLastActivity ? "since their last activity" : "since creation";
  return `${count(days)} ${days === 1 ? "day" : "days"} ${since}`;
}

export function quietWords({ windows, zone }: Pick<QuietView, "windows" | "zone">): string {
  if (windows.length === 0) return "No quiet hours";
  const words = windows.map(({ days, from, to }) => `${daysWords(days)} ${from}–${to}`);
  return `Quiet ${listed(words)} (${zoneName(zone)})`;
}

function daysWords(days: Weekday[]): string {
  if (days.length === 0 || days.length === 7) return "daily";
  const places = days.map((day) => weekdays.indexOf(day)).sort((a, b) => a - b);
  const [first = 0] = places;
  const last = places.at(-1) ?? first;
  const name = (place: number) => shortDay(weekdays[place] ?? "mon");
  const unbroken = last - first === places.length - 1;
  return unbroken && places.length > 2 ? `${name(first)}–${name(last)}` : listed(places.map(name));
}

export const shortDay = (day: Weekday) => begun(day);

export const capWords = (cap: number | null) => (cap === null ? "No cap" : `At most ${count(cap)} guests a run`);

export const paceWords = (pace: number | null) =>
  pace === null ? "as fast as the rate budget allows" : `at most ${count(pace)} guests a minute`;

/** The first letter large, to begin a line with. */
export const begun = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

export const brakeWords = (brake: BrakeView | null) =>
  brake === null
    ? "No drift brake"
    : `Asks over ${count(brake.times)} times the usual, from ${count(brake.floor)} guests on`;

const fieldNames: Record<string, string> = {
  name: "Name",
  days: "Days",
  clock: "Counted from",
  filter: "Only guests that match",
  spareOpenConversations: "Spare open conversations",
  spareActive: "Spare active guests",
  schedule: "Schedule",
  zone: "Time zone",
  quietHours: "Quiet hours",
  cap: "Cap a run",
  pace: "Pace",
  brake: "Drift brake",
  confirmation: "Confirmation",
};

/** A field of a change as people call it. */
export const fieldName = (field: string) => fieldNames[field] ?? field;
