import { Button, Code, Group, Modal, NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { count, countOf, duration, moment } from "../../format";
import type { NamedPolicyView, PlanView } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand, useStatus } from "../../queries";
import { GUARD } from "./ask-notice";
import { isTyped, TypedCount } from "./typed-count";

type Props = {
  plan: PlanView;
  /** Whose cap and pace the run begins with. */
  policy: NamedPolicyView;
  /** The core has asked for the count already. */
  asked: boolean;
  onClose: () => void;
  onStarted: () => void;
};

const orNone = (value: number | string): number | null => (value === "" ? null : Number(value));

/** The last word before guests go; on production, and above the drift brake, the count must be typed. */
export function ConfirmRun({ plan, policy, asked, onClose, onStarted }: Props) {
  const { connection } = useStatus();
  const production = connection?.kind === "production" && plan.due > GUARD;
  const [typed, setTyped] = useState("");
  const [cap, setCap] = useState(policy.cap);
  const [pace, setPace] = useState(policy.pace);
  const start = useCommand(
    (core, confirmed: number | null) =>
      core.retentionRun(plan.plan, { confirmed, clockConfirmed: false, unusualConfirmed: confirmed }, pace, cap),
    { stale: ["retention", "audit"], failure: "inline", done: onStarted },
  );
  const drifted = start.error !== null && failureOf(start.error).code === "confirmation_needed";
  const [wasAsked, setWasAsked] = useState(asked);
  if (drifted && !wasAsked) setWasAsked(true);
  const guarded = production || wasAsked;
  const sound = [cap, pace].every((value) => value === null || (Number.isInteger(value) && value > 0));
  const sure = sound && (!guarded || isTyped(typed, plan.due));
  const capped = cap !== null && cap < plan.due;
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        capped
          ? `Delete at most ${count(cap)} of ${countOf(plan.due, "guest")}?`
          : `Delete ${countOf(plan.due, "guest")}?`
      }
      size={460}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (sure) start.mutate(guarded ? plan.due : null);
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            The run deletes the guests of this plan from <b>{connection?.name ?? "the org"}</b>
            {!capped && pace === null && <>, takes about {duration(plan.estimateSeconds)}</>} and cannot be undone.
          </Text>
          <Text size="sm" c="dimmed">
            Each guest is looked at again before: who changed since {moment(plan.createdAt)}, is on hold, has an open
            conversation or undelivered messages is spared.
          </Text>
          <SimpleGrid cols={2} spacing="sm">
            <NumberInput
              label="At most, in this run"
              placeholder="All that are due"
              value={cap ?? ""}
              onChange={(value) => setCap(orNone(value))}
              min={1}
              allowDecimal={false}
              allowNegative={false}
              thousandSeparator=","
            />
            <NumberInput
              label="At most, a minute"
              placeholder="The rate budget"
              value={pace ?? ""}
              onChange={(value) => setPace(orNone(value))}
              min={1}
              allowDecimal={false}
              allowNegative={false}
            />
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            Plan <Code fz={11}>{plan.plan.slice(0, 12)}</Code>
          </Text>
          {guarded && (
            <TypedCount
              label={
                production
                  ? `This is production. Type ${count(plan.due)} to go on`
                  : `Far more than usual. Type ${count(plan.due)} to go on`
              }
              value={typed}
              onChange={setTyped}
            />
          )}
          {start.error !== null && <FailureNotice problem={start.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose} data-autofocus={guarded ? undefined : true}>
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
