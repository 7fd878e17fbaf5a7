const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SHORT = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The cron lines whose times are these words and no others; any other as it stands. */
export function cronWords(cron: string): string {
  const fields = cron.trim().split(/\s+/);
  const [minute = "", hour = "", date = "", month = "", weekday = ""] = fields;
  const asItStands = `By cron ${cron.trim()}`;
  if (fields.length !== 5 || month !== "*") return asItStands;
  const days = dayWords(date, weekday.toLowerCase());
  if (days === null) return asItStands;
  const minutes = valuesOf(minute, 60);
  const hours = valuesOf(hour, 24);
  if (minutes === null || hours === null) return asItStands;
  if (days === "Every day") {
    if (hours.length === 24) return hourlyWords(minutes) ?? asItStands;
    const [at] = minutes;
    const apart = evenly(hours, 24);
    if (apart !== null && minutes.length === 1 && at !== undefined && hours[0] === 0) {
      return `Every ${apart} hours at minute ${at}`;
    }
  }
  const times = hours.flatMap((one) => minutes.map((other) => `${two(one)}:${two(other)}`));
  return times.length <= MOST_TIMES ? `${days} at ${listed(times)}` : asItStands;
}

/** More of them are harder to read than the cron line itself. */
const MOST_TIMES = 6;

const two = (value: number) => String(value).padStart(2, "0");

/** `Every 15 minutes` only where the gaps are all the same, also over the hour's end. */
function hourlyWords(minutes: number[]): string | null {
  if (minutes.length === 60) return "Every minute";
  const apart = evenly(minutes, 60);
  if (apart !== null && minutes[0] === 0) return `Every ${apart} minutes`;
  if (minutes.length > MOST_TIMES) return null;
  return `Every hour at minute ${listed(minutes.map(String))}`;
}

/** How far apart values are that fill a circle of this length evenly; `null` where the gaps differ, or there is only one. */
function evenly(values: number[], length: number): number | null {
  const apart = length / values.length;
  return values.length > 1 && values.every((value, place) => value === (values[0] ?? 0) + place * apart) ? apart : null;
}

/** The values of a field in order: `*`, steps, ranges and lists; `null` where it is none of these. */
function valuesOf(field: string, length: number): number[] | null {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [, from, to, step = "1"] = part.match(/^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/) ?? [];
    const star = part.startsWith("*");
    if (!star && from === undefined) return null;
    const first = Number(from ?? 0);
    const last = star || (to === undefined && part.includes("/")) ? length - 1 : Number(to ?? from);
    if (Number(step) < 1 || first > last || last >= length) return null;
    for (let value = first; value <= last; value += Number(step)) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function dayWords(date: string, weekday: string): string | null {
  if (date !== "*") {
    if (weekday !== "*" || !/^\d{1,2}(,\d{1,2})*$/.test(date)) return null;
    return `On day ${listed(date.split(","))} of each month`;
  }
  if (weekday === "*") return "Every day";
  const number = (part: string) => (SHORT.includes(part) ? SHORT.indexOf(part) : Number(part));
  const nameOf = (part: string) => NAMES[number(part)];
  const range = weekday.match(/^([\da-z]+)-([\da-z]+)$/);
  if (range) {
    const [from, to] = [nameOf(range[1] ?? ""), nameOf(range[2] ?? "")];
    return from && to ? `${from} to ${to}` : null;
  }
  const named = weekday.split(",").map(nameOf);
  return named.every((name) => name !== undefined) ? `Every ${listed(named)}` : null;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
