import { Modal, Stack, Text } from "@mantine/core";
import { count, countOf } from "../../format";
import type { RunView } from "../../ipc/bindings";
import { QuestionFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand, useStatus } from "../../queries";

type Props = { run: RunView; onClose: () => void };

/** Asks before a run ends for good. What goes on behind the question goes on: its numbers are those of now. */
export function CancelRun({ run, onClose }: Props) {
  const { connection } = useStatus();
  const cancel = useCommand((core) => core.retentionCancel(run.run), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onClose,
  });
  const done = run.total - run.remaining;
  return (
    <Modal opened onClose={onClose} title={`Cancel run ${run.run}?`} size={440}>
      <Stack gap="sm">
        <Text size="sm">
          {count(done)} of {countOf(run.total, "guest")} of <b>{connection?.name ?? "the org"}</b> have an outcome;{" "}
          {count(run.deleted)} are deleted and stay so. The other {count(run.remaining)} stay, and the run cannot be
          resumed: a new plan is needed for them.
        </Text>
        <Text size="sm" c="dimmed">
          To stop for a while, pause it instead.
        </Text>
        {cancel.error !== null && <FailureNotice problem={cancel.error} />}
        <QuestionFoot
          stay="Keep the run"
          onStay={onClose}
          act="Cancel run for good"
          onAct={() => cancel.mutate()}
          loading={cancel.isPending}
        />
      </Stack>
    </Modal>
  );
}
