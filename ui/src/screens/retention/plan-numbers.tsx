import { Button, Loader, Skeleton, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { count, countOf, day, duration } from "../../format";
import type { NamedPolicyView, PlanView } from "../../ipc/bindings";
import { Section } from "../../parts/section";
import { useReadOnly, useStatus } from "../../queries";
import { estimate } from "./estimate";
import { useCanRun } from "./use-runs";

type Props = {
  plan: PlanView | null;
  /** Whose plan it is, and whose cap and pace a run of it begins with. */
  policy: NamedPolicyView;
  loading: boolean;
  /** Why the newest plan is not shown, where it is not. */
  putAway: string | null;
  onDelete: () => void;
};

/** How many guests are due, and how long a run takes. */
export function PlanNumbers(props: Props) {
  return (
    <>
      <DueCard {...props} />
      <TimeCard {...props} />
    </>
  );
}

/** How many guests are due, and the button that deletes them. */
function DueCard({ plan, policy: { cap }, loading, putAway, onDelete }: Props) {
  const readOnly = useReadOnly();
  const { planning } = useStatus();
  const canRun = useCanRun();
  return (
    <Section quiet title="Due now">
      {planning ? (
        <>
          <Large role="status">
            {count(planning.due)} <Loader size={16} ml={4} aria-label="Planning" />
          </Large>
          <Small>so far, of {countOf(planning.read, "guest")} read</Small>
        </>
      ) : loading ? (
        <Skeleton h={30} w={90} my={5} />
      ) : plan ? (
        <PlanWords plan={plan} cap={cap} />
      ) : (
        <>
          <Large pale>—</Large>
          <Small role="status" warm={putAway !== null}>
            {putAway ?? "Preview a plan to see who would be deleted. A preview deletes nobody."}
          </Small>
        </>
      )}
      {plan && plan.usedBy === null && plan.due > 0 && !readOnly && (
        <Button
          mt="sm"
          color="red"
          variant="light"
          disabled={!canRun || !plan.complete}
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={onDelete}
        >
          {cap !== null && cap < plan.due
            ? `Delete at most ${countOf(cap, "guest")}`
            : `Delete ${countOf(plan.due, "guest")}`}
        </Button>
      )}
      {readOnly && <Small>This connection is read-only: a plan can be read, not run.</Small>}
    </Section>
  );
}

function PlanWords({ plan, cap }: { plan: PlanView; cap: number | null }) {
  const used = plan.usedBy !== null;
  return (
    <>
      <Large pale={used} data-due={plan.due}>
        {count(plan.due)}
      </Large>
      <Small>
        {used ? `were due; run ${plan.usedBy} has used this plan` : `older than ${plan.policy.days} days`}
        {plan.oldest && ` · oldest ${day(plan.oldest)}`}
      </Small>
      {cap !== null && cap < plan.due && !used && (
        <Small>
          at most {count(cap)} of {count(plan.due)} in one run
        </Small>
      )}
      {plan.spared > 0 && (
        <Small>
          {count(plan.spared)} spared, {plan.held > 0 ? `${count(plan.held)} of them` : "none"} on hold
        </Small>
      )}
      {plan.holdsChanged && !used && (
        <Small warm>Holds were changed since. Who is on hold now is spared; preview again to count anew.</Small>
      )}
      {!plan.complete && <Small warm>Not complete: reading the guests was cut off. Preview again.</Small>}
    </>
  );
}

function TimeCard({ plan, policy: { cap, pace }, loading }: Props) {
  const { allowed } = useStatus().budget;
  return (
    <Section quiet title="Takes about">
      {loading ? (
        <Skeleton h={30} w={110} my={5} />
      ) : (
        <Large pale={plan === null || plan.usedBy !== null}>
          {plan ? duration(estimate(plan.due, cap, pace, plan.estimateSeconds).seconds) : "—"}
        </Large>
      )}
      <Small>
        {allowed > 0 ? `at ${count(allowed)} requests a minute` : "at the org's rate budget"}; people go first
      </Small>
      {pace !== null && <Small>never faster than {countOf(pace, "guest")} a minute</Small>}
      <Small>It can be paused, and goes on after a restart where it stopped.</Small>
    </Section>
  );
}

type WordsProps = { children: ReactNode; role?: string };

const Large = ({ pale, ...rest }: WordsProps & { pale?: boolean; "data-due"?: number }) => (
  <Text fz={30} fw={650} lh={1.3} c={pale ? "dimmed" : undefined} {...rest} />
);

const Small = ({ warm, ...rest }: WordsProps & { warm?: boolean }) => (
  <Text size="xs" c={warm ? "var(--ink-warm)" : "dimmed"} {...rest} />
);
