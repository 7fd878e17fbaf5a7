import type { OnlineView } from "../ipc/bindings";

/** Whether the org can be reached, as shown beside the switch. */
export type Way = "offline" | "silent" | "unreached" | "untried" | "open";

export function wayOf({ switchedOn, answering, reachable }: OnlineView): Way {
  if (!switchedOn) return "offline";
  if (!answering) return "silent";
  if (reachable === null) return "untried";
  return reachable ? "open" : "unreached";
}

type WayWords = {
  /** Beside the switch. */
  name: string;
  meaning: string;
  /** The switch is on, but the org does not answer. */
  away: boolean;
};

/** Whether the org can be reached, in words: the only place where it gets them. */
export const wayWords: Record<Way, WayWords> = {
  offline: { name: "Offline", meaning: "Nothing leaves this machine. Messages wait on disk.", away: false },
  silent: {
    name: "No answer",
    meaning:
      "The org does not answer. Messages wait on disk and are tried again; what you do yourself is tried at once.",
    away: true,
  },
  unreached: {
    name: "No answer",
    meaning: "The last request came to nothing. It is tried again.",
    away: true,
  },
  untried: { name: "Online", meaning: "Requests may leave this machine. None has so far.", away: false },
  open: { name: "Online", meaning: "Requests may leave this machine, and the org answers.", away: false },
};
