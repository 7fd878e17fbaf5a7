import { Button } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useStatusOf } from "../../queries";
import { useRuns } from "./use-runs";

type Props = {
  /** The plan is being made. */
  busy: boolean;
  /** A run or a preview goes on, or what is tried makes no sense. */
  disabled: boolean;
  onRun: () => void;
};

/** Leads to the confirmation of the plan on the screen, which is made first where there is none. Starts nothing. */
export function RunNow({ busy, disabled, onRun }: Props) {
  return (
    <Button
      variant="default"
      disabled={disabled}
      loading={busy}
      leftSection={<IconPlayerPlay size={14} aria-hidden />}
      title="Shows the plan and asks before any guest is deleted"
      onClick={onRun}
    >
      Run now…
    </Button>
  );
}

/** One plan is made at a time, and one run goes on at a time. */
export function useCanRun(): boolean {
  const planning = useStatusOf((status) => status.planning !== null);
  const active = useRuns().runs.some((run) => run.state === "running");
  return !planning && !active;
}
