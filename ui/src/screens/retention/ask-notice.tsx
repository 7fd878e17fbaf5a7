import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useState } from "react";
import { count, countOf } from "../../format";
import type { AskCode, NamedPolicyView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { RelativeTime } from "../../parts/relative-time";
import { useCommand, useReadOnly, useStatus } from "../../queries";
import { isTyped, TypedCount } from "./typed-count";

/** From here on a count is typed on production. */
export const GUARD = 100;

const titles: Record<AskCode, string> = {
  drift: "Far more guests than usual are due",
  clockJump: "The clock of this machine jumped",
  notConfirmed: "The schedule is due, and nobody has confirmed the policy as it is",
};

type Props = {
  policy: NamedPolicyView;
  previewing: boolean;
  onPreview: () => void;
  onConfirm: () => void;
};

/** A due run that waits for a person's word: the cause, and the two answers to it. */
export function AskNotice({ policy, previewing, onPreview, onConfirm }: Props) {
  const readOnly = useReadOnly();
  const [allowing, setAllowing] = useState(false);
  const ask = policy.asks;
  if (!ask) return null;
  return (
    <Alert
      role="alert"
      color="orange"
      p="sm"
      icon={<IconHandStop size={18} aria-hidden />}
      title={`${policy.name}: ${titles[ask.code]}`}
    >
      <Text size="xs">{ask.message}</Text>
      <Text size="xs" c="dimmed">
        Asked <RelativeTime time={ask.since} />. Until somebody answers, this schedule deletes nobody.
      </Text>
      {!readOnly && (
        <Group gap="xs" mt="xs">
          <Button size="compact-sm" variant="default" loading={previewing} onClick={onPreview}>
            Preview
          </Button>
          {ask.code === "notConfirmed" ? (
            <Button size="compact-sm" color="red" variant="light" onClick={onConfirm}>
              Confirm policy…
            </Button>
          ) : (
            <Button size="compact-sm" color="red" variant="light" onClick={() => setAllowing(true)}>
              Allow this run…
            </Button>
          )}
        </Group>
      )}
      {allowing && <AllowRun policy={policy} onClose={() => setAllowing(false)} />}
    </Alert>
  );
}

/** The word for one run. Above the brake, and on production, the count is typed. */
function AllowRun({ policy, onClose }: { policy: NamedPolicyView; onClose: () => void }) {
  const { connection } = useStatus();
  const [typed, setTyped] = useState("");
  const allow = useCommand((core) => core.retentionAllowOnce(policy.id), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onClose,
  });
  const due = policy.asks?.due ?? null;
  const asksCount =
    due !== null && (policy.asks?.code === "drift" || (connection?.kind === "production" && due > GUARD));
  const sure = !asksCount || isTyped(typed, due);
  return (
    <Modal opened onClose={onClose} title={`Allow this run of ${policy.name}?`} size={460}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (sure) allow.mutate();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{policy.asks?.message}</Text>
          <Text size="sm" c="dimmed">
            It goes this once, under the saved policy
            {due !== null && `, with ${countOf(due, "guest")} due as last counted`}. The next time that something is
            unusual it asks again.
          </Text>
          {asksCount && due !== null && (
            <TypedCount label={`Type ${count(due)} to allow it`} value={typed} onChange={setTyped} />
          )}
          {allow.error !== null && <FailureNotice problem={allow.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Not now
            </Button>
            <Button type="submit" color="red" disabled={!sure} loading={allow.isPending}>
              Allow this run
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
