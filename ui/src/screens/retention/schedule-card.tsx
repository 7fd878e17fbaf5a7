import { Badge, Button, Group, Paper, Switch, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { moment, momentIn, zoneName } from "../../format";
import type { NamedPolicyView } from "../../ipc/bindings";
import { keys, useCommand, useReadOnly } from "../../queries";
import { scheduleWords } from "../../states/schedule";
import { ChangeList } from "./change-list";
import { cronWords } from "./cron-words";
import { begun, brakeWords, capWords, paceWords, quietWords } from "./policy-draft";
import classes from "./retention.module.css";

type Props = { policy: NamedPolicyView; onEdit: () => void; onConfirm: () => void };

/** Whether, when and how strongly the saved policy acts by itself. */
export function ScheduleCard({ policy, onEdit, onConfirm }: Props) {
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const { schedule, quiet, cap, pace, brake } = policy;
  const arm = useCommand((to, armed: boolean) => to.retentionScheduleArm(policy.id, armed), {
    stale: ["retention", "audit"],
    done: (next) =>
      client.setQueryData<NamedPolicyView[]>(keys.policies, (old) =>
        old?.map((other) => (other.id === next.id ? next : other)),
      ),
  });
  const armed = arm.isPending ? arm.variables : schedule.armed;
  const words = scheduleWords(policy);
  return (
    <Paper px="md" py={8} component="section" aria-label="Schedule">
      <Group gap="md" wrap="nowrap" mih={28}>
        <Switch
          label="Scheduled run"
          checked={armed}
          disabled={readOnly}
          onChange={(event) => arm.mutate(event.currentTarget.checked)}
          styles={{
            body: { alignItems: "center" },
            label: { fontSize: "var(--mantine-font-size-sm)", fontWeight: 600, whiteSpace: "nowrap" },
          }}
        />
        <Text size="sm" c="dimmed" truncate>
          {cronWords(schedule.cron)}, {zoneName(schedule.zone)}
        </Text>
        <Text
          size="xs"
          c={words.warm ? "var(--ink-warm)" : "dimmed"}
          ml="auto"
          ta="end"
          aria-label="State of the schedule"
        >
          {[words.state, words.next, words.last].filter((part) => part !== null).join(" · ")}
        </Text>
        {!readOnly && (
          <Button variant="default" size="compact-sm" flex="none" onClick={onEdit}>
            Edit policy…
          </Button>
        )}
      </Group>
      <Group gap={6} mt={4}>
        {policy.quietNow && (
          <Badge size="sm" color="yellow">
            {policy.opensAt ? `Quiet until ${momentIn(policy.opensAt, quiet.zone)}` : "Quiet now"}
          </Badge>
        )}
        <Text size="xs" c="dimmed">
          {[quietWords(quiet), capWords(cap), begun(paceWords(pace)), brakeWords(brake)].join(" · ")}
        </Text>
      </Group>
      <Word policy={policy} readOnly={readOnly} onConfirm={onConfirm} />
    </Paper>
  );
}

type WordProps = { policy: NamedPolicyView; readOnly: boolean; onConfirm: () => void };

/** Whether a person has confirmed the policy: as it is, before a later change made it stronger, or not yet. */
function Word({ policy, readOnly, onConfirm }: WordProps) {
  const { confirmed, waiting } = policy;
  const given = confirmed && `${confirmed.by} on ${moment(confirmed.at)}, with ${confirmed.due} due`;
  if (waiting.length === 0) {
    return (
      <Text size="xs" c="dimmed" mt={2}>
        Confirmed by {given}
      </Text>
    );
  }
  return (
    <div className={classes.word} role="status" aria-label="Waits for confirmation">
      <Group gap="sm" justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="xs">
          <Text span size="xs" fw={600} c="var(--ink-warm)">
            {confirmed ? "Stronger than what was confirmed. " : "Confirmed by nobody yet. "}
          </Text>
          {confirmed
            ? `It does not run by itself until you confirm it; confirmed so far by ${given}.`
            : "It does not run by itself until you have seen how many it would take, and confirmed it."}
        </Text>
        {!readOnly && (
          <Button size="compact-sm" variant="light" color="orange" flex="none" onClick={onConfirm}>
            Confirm…
          </Button>
        )}
      </Group>
      {confirmed && <ChangeList changes={waiting} label="What waits for confirmation" />}
    </div>
  );
}
