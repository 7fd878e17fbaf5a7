import { Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { count, countOf, duration, moment } from "../../format";
import type { PlanView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand, useStatus } from "../../queries";

type Props = { plan: PlanView; onClose: () => void; onStarted: () => void };

/** The last word before guests go; on production the count must be typed. */
export function ConfirmRun({ plan, onClose, onStarted }: Props) {
  const { connection } = useStatus();
  const production = connection?.kind === "production";
  const [typed, setTyped] = useState("");
  const digits = typed.replace(/[,\s.]/g, "");
  const start = useCommand((core) => core.retentionRun(plan.plan, production ? Number(digits) : null), {
    stale: ["retention"],
    failure: "inline",
    done: onStarted,
  });
  const sure = !production || digits === String(plan.due);
  return (
    <Modal opened onClose={onClose} title={`Delete ${countOf(plan.due, "guest")}?`} size={460}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (sure) start.mutate();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            The run deletes the guests of this plan from <b>{connection?.name ?? "the org"}</b>, takes about{" "}
            {duration(plan.estimateSeconds)} and cannot be undone.
          </Text>
          <Text size="sm" c="dimmed">
            Each guest is looked at again before: who changed since {moment(plan.createdAt)}, has an open conversation
            or undelivered messages is spared.
          </Text>
          <Text size="xs" c="dimmed">
            Plan <Code fz={11}>{plan.plan.slice(0, 12)}</Code>
          </Text>
          {production && (
            <TextInput
              label={`This is production. Type ${count(plan.due)} to go on`}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              inputMode="numeric"
              autoComplete="off"
              data-autofocus
            />
          )}
          {start.error !== null && <FailureNotice problem={start.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose} data-autofocus={production ? undefined : true}>
              Not now
            </Button>
            <Button type="submit" color="red" disabled={!sure} loading={start.isPending}>
              Start run
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
