import { momentIn } from "../format";
import type { NamedPolicyView, ScheduleState } from "../ipc/bindings";

/** Whether a schedule starts runs, in words, and whether a person should look at that. */
export type ScheduleWords = { state: string; next: string | null; last: string | null; warm: boolean };

const words: Record<ScheduleState, { state: string; warm: boolean }> = {
  off: { state: "Off", warm: false },
  readOnly: { state: "On, but nothing runs over a read-only connection", warm: true },
  lossNotAccepted: { state: "On, but nothing runs before the loss is accepted", warm: true },
  notConfirmed: { state: "On, but nothing runs before the policy is confirmed", warm: true },
  asks: { state: "A due run waits for your decision", warm: true },
  quiet: { state: "A due run waits for the end of quiet hours", warm: true },
  orgLimit: { state: "A due run waits for the end of the org's limit", warm: true },
  on: { state: "On", warm: false },
};

type Policy = Pick<NamedPolicyView, "schedule" | "quiet" | "opensAt">;

/** A schedule's state in words: the only place where it gets them. "Next" is said only where a run will start. */
export function scheduleWords({ schedule, quiet, opensAt }: Policy): ScheduleWords {
  const { state, zone, nextDue, lastDue, waitsUntil } = schedule;
  const due = nextDue === null ? null : momentIn(nextDue, zone);
  const next: Record<ScheduleState, string | null> = {
    off: null,
    readOnly: null,
    lossNotAccepted: due && `due ${due}`,
    notConfirmed: due && `due ${due}`,
    asks: due && `due again ${due}`,
    orgLimit: waitsUntil && `until ${momentIn(waitsUntil, zone)}`,
    quiet: opensAt && `until ${momentIn(opensAt, quiet.zone)}`,
    on: due ? `next ${due}` : "no next time",
  };
  return {
    ...words[state],
    next: next[state],
    last: lastDue && `last ${momentIn(lastDue, zone)}`,
  };
}
