const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SHORT = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The common cron lines in words, any other as it stands. */
export function cronWords(cron: string): string {
  const [minute = "", hour = "", date = "", month = "", weekday = "", more] = cron.trim().split(/\s+/);
  const asItStands = `By cron ${cron.trim()}`;
  if (more !== undefined || month !== "*") return asItStands;
  const days = dayWords(date, weekday.toLowerCase());
  if (days === null) return asItStands;
  const every = /^\*\/(\d+)$/;
  if (days === "Every day") {
    const minutes = minute.match(every)?.[1];
    if (minutes && hour === "*") return `Every ${minutes} minutes`;
    const hours = hour.match(every)?.[1];
    if (hours && /^\d{1,2}$/.test(minute)) return `Every ${hours} hours at minute ${Number(minute)}`;
  }
  if (!/^\d{1,2}$/.test(minute) || !/^\d{1,2}(,\d{1,2})*$/.test(hour)) return asItStands;
  const times = hour.split(",").map((one) => `${one.padStart(2, "0")}:${minute.padStart(2, "0")}`);
  return `${days} at ${listed(times)}`;
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
