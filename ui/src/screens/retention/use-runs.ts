import type { RunView } from "../../ipc/bindings";
import { keys, useAsk, useStatus, useStatusOf } from "../../queries";
import { runWords } from "../../states/run";

/** All runs, newest first. The status moves ten times a second, the list only when it went stale. */
export function useRuns(): { runs: RunView[]; known: boolean; problem: unknown; retry: () => void } {
  const { run: live } = useStatus();
  const { data, error, refetch } = useAsk(keys.runs, (core) => core.retentionRuns());
  const list = (data ?? []).map((run) => (run.run === live?.run ? live : run));
  const runs = live && !list.some((run) => run.run === live.run) ? [live, ...list] : list;
  return { runs, known: data !== undefined || runs.length > 0, problem: error, retry: () => void refetch() };
}

/** One plan is made at a time, and one run goes on at a time. */
export function useCanRun(): boolean {
  const planning = useStatusOf((status) => status.planning !== null);
  const active = useRuns().runs.some((run) => run.state === "running");
  return !planning && !active;
}

/** The run to show: the chosen one, or else the newest unless a plan waits that is newer. */
export function shownOf(runs: RunView[], chosen: string | null, planWaits: boolean): RunView | undefined {
  const newest = runs[0];
  return (
    runs.find((run) => run.run === chosen) ?? (newest && (!runWords(newest).over || !planWaits) ? newest : undefined)
  );
}
