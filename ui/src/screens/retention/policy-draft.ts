import { count, zoneName } from "../../format";
import type { BrakeView, NamedPolicyView, PolicyDraft, PolicyView, QuietView, Weekday } from "../../ipc/bindings";
import { listed } from "./cron-words";

export const DAYS = { least: 1, most: 3650 };

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
    brake: { times: 3, floor: 100 },
  };
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
  confirmation: "Your word",
};

/** A field of a change as people call it. */
export const fieldName = (field: string) => fieldNames[field] ?? field;
