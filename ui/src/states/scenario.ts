import type { MantineColor } from "@mantine/core";
import { count, countOf, duration } from "../format";
import type {
  ScenarioOutcome,
  ScenarioResultView,
  ScenarioRunView,
  ScenarioStepOutcome,
  ScenarioTotalsView,
} from "../ipc/bindings";

/** How a scenario ended: the only place where that gets its words. */
export const outcomes: Record<ScenarioOutcome, { name: string; color: MantineColor; meaning: string }> = {
  failed: { name: "Failed", color: "red.6", meaning: "Something else came than was expected, or nothing in time." },
  errored: {
    name: "Not told",
    color: "orange.6",
    meaning: "It could not be carried out, so it says nothing of the bot.",
  },
  passed: { name: "Passed", color: "teal.6", meaning: "Everything came as expected." },
  skipped: { name: "Skipped", color: "gray.5", meaning: "Left out, as its file says." },
  notRun: {
    name: "Not run",
    color: "orange.6",
    meaning: "The run was ended before it, so it says nothing of the bot.",
  },
};

/** How a step of a scenario ended. */
export const stepOutcomes: Record<ScenarioStepOutcome, { name: string; color: MantineColor }> = {
  passed: outcomes.passed,
  failed: outcomes.failed,
  ignored: { name: "Failed, which changed nothing", color: "gray.5" },
};

/** `2 failed · 1 not told · 12 passed · 1 file not run`, or that nothing was run. */
export function totalsWords(totals: ScenarioTotalsView, last: ScenarioRunView | null): string {
  const { failed, errored, notRun, passed, skipped, stale } = totals;
  const files = last?.leftOut.length ?? 0;
  const words: string[] = [];
  if (failed > 0) words.push(`${count(failed)} failed`);
  if (errored > 0) words.push(`${count(errored)} not told`);
  if (notRun > 0) words.push(`${count(notRun)} not run`);
  if (passed > 0) words.push(`${count(passed)} passed`);
  if (skipped > 0) words.push(`${count(skipped)} skipped`);
  if (files > 0) words.push(`${countOf(files, "file")} not run`);
  const old = stale > 0 ? ` (${count(stale)} of them out of date)` : "";
  return words.length > 0 ? `${words.join(" · ")}${old}` : "No result yet";
}

/** What a result that is out of date is not. */
export const staleMeaning = "Its file or the connection was changed after this run, or it is being run anew.";

/** `340 ms`, `2.4 s`, `3 min`. */
export function tookWords(millis: number): string {
  if (millis < 1_000) return `${count(millis)} ms`;
  if (millis < 60_000) return `${(millis / 1_000).toFixed(1)} s`;
  return duration(millis / 1_000);
}

/** `4 of 5 passed`, or which attempt counted, where there was more than one. */
export function attemptsWords({ attempt, attempts, passedAttempts }: ScenarioResultView): string | null {
  if (attempts > 1) return `${count(passedAttempts)} of ${count(attempts)} passed`;
  return attempt > 1 ? `attempt ${count(attempt)}` : null;
}
