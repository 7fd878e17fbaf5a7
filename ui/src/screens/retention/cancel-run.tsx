import { Text } from "@mantine/core";
import { count, countOf } from "../../format";
import type { RunView } from "../../ipc/bindings";
import { Question } from "../../parts/dialogs";
import { useCommand, useStatus } from "../../queries";

type Props = { run: RunView; onClose: () => void };

/** Asks before a run ends for good. The run goes on meanwhile, and the numbers with it. */
export function CancelRun({ run, onClose }: Props) {
  const { connection } = useStatus();
  const cancel = useCommand((core) => core.retentionCancel(run.run), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onClose,
  });
  return (
    <Question
      title={`Cancel run ${run.run}?`}
      size={440}
      stay="Keep the run"
      act="Cancel run for good"
      onAct={() => cancel.mutate()}
      problem={cancel.error}
      loading={cancel.isPending}
      onStay={onClose}
    >
      <Text size="sm">
        {count(run.total - run.remaining)} of {countOf(run.total, "guest")} of <b>{connection?.name ?? "the org"}</b>{" "}
        have an outcome; {count(run.deleted)} are deleted and stay so. The other {count(run.remaining)} stay, and the
        run cannot be resumed: a new plan is needed for them.
      </Text>
      <Text size="sm" c="dimmed">
        To stop for a while, pause it instead.
      </Text>
    </Question>
  );
}
