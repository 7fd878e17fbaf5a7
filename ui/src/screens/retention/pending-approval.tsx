import { Alert, Button, Group, Text } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useState } from "react";
import type { AskCode, NamedPolicyView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { RelativeTime } from "../../parts/relative-time";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useReadOnly } from "../../queries";
import { AllowRun } from "./allow-run";

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

/** A due run that waits for approval: why, and the two answers to it. */
export function PendingApproval({ policy, previewing, onPreview, onConfirm }: Props) {
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
      title={`${shown(policy.name)}: ${titles[ask.code]}`}
    >
      <Text size="xs">
        <Shown text={ask.message} />
      </Text>
      <Note>
        Asked <RelativeTime time={ask.since} />. Until somebody answers, this schedule deletes nobody.
      </Note>
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
