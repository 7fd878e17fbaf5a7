import { Button } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useStatus } from "../../queries";
import { useRuns } from "./use-runs";

type Props = {
  /** The plan is being made. */
  busy: boolean;
  /** What is tried makes no sense, so nothing can be planned. */
  disabled: boolean;
  onRun: () => void;
};

/** Leads to the confirmation of the plan on the screen, which is made first where there is none. Starts nothing. */
export function RunNow({ busy, disabled, onRun }: Props) {
  const { planning } = useStatus();
  const active = useRuns().runs.some((run) => run.state === "running");
  return (
    <Button
      variant="default"
      disabled={disabled || active || planning !== null}
      loading={busy}
      leftSection={<IconPlayerPlay size={14} aria-hidden />}
      title="Shows the plan and asks before any guest goes"
      onClick={onRun}
    >
      Run now…
    </Button>
  );
}
