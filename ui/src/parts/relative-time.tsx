import { useSyncExternalStore } from "react";
import { age, exact, relative } from "../format";

const TICK = 5_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(changed: () => void) {
  listeners.add(changed);
  // Nobody was subscribed meanwhile, so the time here is old.
  if (timer === undefined) now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const listener of listeners) listener();
  }, TICK);
  return () => {
    listeners.delete(changed);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time, moving on every five seconds for everybody at once. */
const useNow = () => useSyncExternalStore(subscribe, () => now);

/** A time in words relative to now, with the exact one in its title. */
export function RelativeTime({ time }: { time: string }) {
  const current = Math.max(useNow(), now);
  return (
    <time dateTime={time} title={exact(time)}>
      {relative(time, current)}
    </time>
  );
}

/** How long it is ago, without "ago": the age of what began then. */
export function Age({ since }: { since: string }) {
  const current = Math.max(useNow(), now);
  return (
    <time dateTime={since} title={exact(since)}>
      {age(since, current)}
    </time>
  );
}
