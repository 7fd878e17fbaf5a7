import { Badge, Button, Group, Paper, Switch, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { moment, momentIn, zoneName } from "../../format";
import type { NamedPolicyView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { keys, useCommand, useReadOnly } from "../../queries";
import { go, retentionHref } from "../../routes";
import { scheduleWords } from "../../states/schedule";
import { ChangeList } from "./change-list";
import { cronWords } from "./cron-words";
import { begun, brakeWords, capWords, paceWords, quietWords } from "./policy-draft";
import classes from "./retention.module.css";

type Props = { policy: NamedPolicyView };

/** Whether, when and how strongly the saved policy acts by itself. */
export function ScheduleCard({ policy }: Props) {
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
        <Note warm={words.warm} ml="auto" ta="end" aria-label="State of the schedule">
          {[words.state, words.next, words.last].filter((part) => part !== null).join(" · ")}
        </Note>
        {!readOnly && (
          <Button variant="default" size="compact-sm" flex="none" onClick={() => go(retentionHref("edit"))}>
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
        <Note>{[quietWords(quiet), capWords(cap), begun(paceWords(pace)), brakeWords(brake)].join(" · ")}</Note>
      </Group>
      <Confirmation policy={policy} />
    </Paper>
  );
}

/** Whether a person has confirmed the policy: as it is, before a later change made it stronger, or not yet. */
function Confirmation({ policy: { confirmed, waiting } }: Props) {
  const readOnly = useReadOnly();
  const given = confirmed && `${confirmed.by} on ${moment(confirmed.at)}, with ${confirmed.due} due`;
  if (waiting.length === 0) {
    return <Note mt={2}>Confirmed by {given}</Note>;
  }
  return (
    <div className={classes.confirmation} role="status" aria-label="Waits for confirmation">
      <Group gap="sm" justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="xs">
          <Text span size="xs" fw={600} c="var(--ink-warm)">
            {confirmed ? "Stronger than what was confirmed. " : "Confirmed by nobody yet. "}
          </Text>
          {confirmed
            ? `It does not run by itself until you confirm it; confirmed so far by ${given}.`
            : "It does not run by itself until you have seen how many it would delete, and confirmed it."}
        </Text>
        {!readOnly && (
          <Button
            size="compact-sm"
            variant="light"
            color="orange"
            flex="none"
            onClick={() => go(retentionHref("confirm"))}
          >
            Confirm…
          </Button>
        )}
      </Group>
      {confirmed && <ChangeList changes={waiting} label="What waits for confirmation" />}
    </div>
  );
}
