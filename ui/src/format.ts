const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const integers = new Intl.NumberFormat("en-US");
const dates = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", options);
const dayAndMonth = { day: "numeric", month: "short" } as const;
const hourAndMinute = { hour: "2-digit", minute: "2-digit" } as const;
const sameYear = dates({ ...dayAndMonth, ...hourAndMinute, timeZoneName: "short" });
const otherYear = dates({ ...dayAndMonth, year: "numeric" });
const dayOnly = dates(dayAndMonth);
const clock = dates({ ...hourAndMinute, second: "2-digit", timeZoneName: "short" });
const hour = dates(hourAndMinute);
const wholeDay = dates({ weekday: "long", day: "numeric", month: "long" });
const instant = dates({ ...hourAndMinute, second: "2-digit", fractionalSecondDigits: 3 });
const records = dates({ dateStyle: "medium", timeStyle: "long" });
const full = dates({ dateStyle: "full", timeStyle: "long" });

/** `1000` as `1,000`. */
export const count = (value: number) => integers.format(value);

/** `1 guest`, `1,000 guests`. */
export const countOf = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Words for how long ago, or in how long, `time` (RFC 3339) is. */
export function relative(time: string, now: number): string {
  const ago = now - Date.parse(time);
  if (Number.isNaN(ago)) return "unknown";
  if (ago < 0) return ago > -5_000 ? "now" : `in ${span(-ago)}`;
  if (ago < 10_000) return "just now";
  if (ago < MINUTE) return `${Math.floor(ago / 1000)} s ago`;
  if (ago < DAY) return `${span(ago)} ago`;
  return ago < 2 * DAY ? "yesterday" : `${Math.floor(ago / DAY)} days ago`;
}

function span(millis: number): string {
  if (millis < MINUTE) return `${Math.ceil(millis / 1000)} s`;
  if (millis < HOUR) return `${Math.floor(millis / MINUTE)} min`;
  if (millis < 2 * DAY) return `${Math.floor(millis / HOUR)} h`;
  return `${Math.floor(millis / DAY)} days`;
}

/** A length of time people plan by: `40 s`, `21 min`, `3 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `22 Nov, 13:02 CET`, or the day with its year when that is not this one. */
export function moment(time: string, now = Date.now()): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "unknown";
  return (date.getFullYear() === new Date(now).getFullYear() ? sameYear : otherYear).format(date);
}

/** `13:02`; a time that cannot be read stays as it is. */
export function hourOf(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : hour.format(date);
}

/** `Sunday, 22 November`. */
export const dayInFull = (time: string) => wholeDay.format(new Date(time));

/** `22 Nov`. */
export const day = (time: string) => dayOnly.format(new Date(time));

/** `22 Nov 2026`. */
export const dayAndYear = (time: string) => otherYear.format(new Date(time));

/** How long something lasts since `time`: `4 min`, `3 h`, `12 days`. */
export function age(time: string, now: number): string {
  const since = now - Date.parse(time);
  return Number.isNaN(since) ? "unknown" : span(Math.max(0, since));
}

/** `22 Nov, 13:02 (Europe/Berlin)`: on the wall of a zone that the core named. */
export function momentIn(time: string, zone: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "unknown";
  try {
    return `${dates({ ...dayAndMonth, ...hourAndMinute, timeZone: zone }).format(date)} (${zoneName(zone)})`;
  } catch {
    // A zone that this web view does not know: in the zone of this computer then, by its name.
    return moment(time);
  }
}

/** `13:02:10 CET`. */
export const clockTime = (time: string) => clock.format(new Date(time));

/** `13:02:10.245`, for what follows in quick succession. */
export const instantOf = (time: string) => instant.format(new Date(time));

/** The exact local time, for a title. */
export function exact(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : full.format(date);
}

/** `26 Nov 2026, 11:13:04 UTC`, for records. */
export const stamp = (time: string) => records.format(new Date(time));

/** `6e2f…a91c`: enough of an id to recognise it. */
export const shortId = (id: string) => (id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);

/** Bytes of UTF-8, which is what the org counts. */
export const byteLength = (text: string) => new TextEncoder().encode(text).length;

const UTC = ["Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"];

/** A zone as people are shown it: the IANA names of UTC are one zone, and stand as one. */
export const zoneName = (zone: string) => (UTC.includes(zone) ? "UTC" : zone);
