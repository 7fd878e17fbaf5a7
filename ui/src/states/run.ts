import type { MantineColor } from "@mantine/core";
import { clockTime, count, countOf, duration, moment } from "../format";
import type { CertificateView, RunState, RunView, RunWait } from "../ipc/bindings";

type Meta = {
  name: string;
  color: MantineColor;
  /** The label of the time at which it ended. */
  stopped: string;
  /** Whether a person can go on with it, or it has ended for good. */
  after: "goes on" | "resumable" | "over";
};

const states: Record<RunState, Meta> = {
  running: { name: "Running", color: "teal.6", stopped: "", after: "goes on" },
  paused: { name: "Paused", color: "yellow.6", stopped: "paused", after: "resumable" },
  interrupted: { name: "Interrupted", color: "yellow.6", stopped: "interrupted", after: "resumable" },
  finished: { name: "Finished", color: "teal.6", stopped: "ended", after: "over" },
  cancelled: { name: "Cancelled", color: "gray.5", stopped: "cancelled", after: "over" },
  failed: { name: "Stopped", color: "red.6", stopped: "stopped", after: "resumable" },
};

/** Who started it. */
export const originWords: Record<RunView["origin"], string> = { hand: "by hand", schedule: "by schedule" };

const waits: Record<RunWait, string> = {
  offline: "the online switch",
  org: "the org to answer",
  budget: "the rate budget",
  quietHours: "the end of quiet hours",
  orgLimit: "the end of the org's limit",
};

type Run = Pick<RunView, "state" | "waitsFor" | "waitsUntil" | "verified" | "endedAt" | "perMinute" | "secondsLeft">;

/** Whether all that was deleted was asked for once more. */
export type Proof = { word: string; title: string | null; meaning: string; holds: boolean | null };

export type RunWords = {
  /** `Running`, `Waits for the org to answer`. */
  name: string;
  color: MantineColor;
  /** How fast, how long, until when; in the order in which they are told. */
  details: string[];
  proof: Proof;
  over: boolean;
  resumable: boolean;
};

/** A run's state in words: the only place where it gets them. */
export function runWords(run: Run): RunWords {
  const { name, color, stopped, after } = states[run.state];
  return {
    name: run.waitsFor === null ? name : `Waits for ${waits[run.waitsFor]}`,
    color: run.waitsFor === null ? color : "yellow.6",
    details: details(run, stopped),
    proof: proofOf(run),
    over: after === "over",
    resumable: after === "resumable",
  };
}

function details({ state, waitsFor, waitsUntil, endedAt, perMinute, secondsLeft }: Run, stopped: string): string[] {
  const words: string[] = [];
  if (waitsFor !== null) {
    if (waitsUntil !== null) words.push(`until ${clockTime(waitsUntil)}`);
  } else if (state === "running") {
    if (perMinute > 0) words.push(`${count(perMinute)} a minute`);
    if (secondsLeft !== null) words.push(`${duration(secondsLeft)} left`);
  }
  if (endedAt !== null && state !== "running") words.push(`${stopped} ${moment(endedAt)}`);
  return words;
}

function proofOf({ state, verified }: Run): Proof {
  if (states[state].after !== "over") {
    return { word: "Not yet", title: null, meaning: "The org is asked again when the run ends.", holds: null };
  }
  if (state === "cancelled" || verified === null) {
    return { word: "—", title: null, meaning: "It was ended before the org was asked again.", holds: null };
  }
  return verified
    ? { word: "Yes", title: "Verified", meaning: "Asked again: none is left that should be gone.", holds: true }
    : {
        word: "No",
        title: "Not verified",
        meaning: "The org did not say at the end that all are gone. Make a new plan.",
        holds: false,
      };
}

type Certified = Pick<CertificateView, "state" | "verified" | "counts">;

/** What a genuine certificate says of the run, and no more: whose guests have an outcome, and whether that was asked again. */
export function certifiedWords({ state, verified, counts }: Certified): string {
  const done = counts.listed - counts.remaining;
  const outcomes =
    counts.remaining === 0
      ? "Every guest of the plan has one outcome."
      : `${count(done)} of ${countOf(counts.listed, "guest")} of the plan have an outcome; ${count(counts.remaining)} have none.`;
  const proof =
    state !== "finished"
      ? `The run was ${states[state].name.toLowerCase()} when this was written, so nobody asked the org whether all are gone.`
      : verified
        ? "At the end the org was asked again, and none was left that should be gone."
        : "The org was not asked again at the end, or did not agree.";
  return `Every line is as it was signed. ${outcomes} ${proof}`;
}

/** In a certificate the state alone is told. */
export const runStateName = (state: RunState) => states[state].name;
