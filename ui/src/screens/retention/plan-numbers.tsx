import { Button, Loader, Skeleton, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { count, countOf, day, duration } from "../../format";
import type { NamedPolicyView, PlanView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { Section } from "../../parts/section";
import { useReadOnly, useRefusal, useStatus } from "../../queries";
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
  const refusal = useRefusal("deleteGuests");
  const { planning } = useStatus();
  const canRun = useCanRun();
  return (
    <Section quiet title="Due now">
      {planning ? (
        <>
          <Large role="status">
            {count(planning.due)} <Loader size={16} ml={4} role="img" aria-label="Planning" />
          </Large>
          <Note>so far, of {countOf(planning.read, "guest")} read</Note>
        </>
      ) : loading ? (
        <Skeleton h={30} w={90} my={5} />
      ) : plan ? (
        <PlanWords plan={plan} cap={cap} />
      ) : (
        <>
          <Large pale>—</Large>
          <Note role="status" warm={putAway !== null}>
            {putAway ?? "Preview a plan to see who would be deleted. A preview deletes nobody."}
          </Note>
        </>
      )}
      {plan && plan.usedBy === null && plan.due > 0 && !readOnly && (
        <Button
          mt="sm"
          color="red"
          variant="light"
          disabled={!canRun || !plan.complete || refusal !== null}
          title={refusal ?? undefined}
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={onDelete}
        >
          {cap !== null && cap < plan.due
            ? `Delete at most ${countOf(cap, "guest")}`
            : `Delete ${countOf(plan.due, "guest")}`}
        </Button>
      )}
      {readOnly && <Note>This connection is read-only: a plan can be read, not run.</Note>}
      {!readOnly && refusal !== null && <Note warm>{refusal}</Note>}
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
      <Note>
        {used ? `were due; run ${plan.usedBy} has used this plan` : `older than ${plan.policy.days} days`}
        {plan.oldest && ` · oldest ${day(plan.oldest)}`}
      </Note>
      {cap !== null && cap < plan.due && !used && (
        <Note>
          at most {count(cap)} of {count(plan.due)} in one run
        </Note>
      )}
      {plan.spared > 0 && (
        <Note>
          {count(plan.spared)} spared, {plan.held > 0 ? `${count(plan.held)} of them` : "none"} on hold
        </Note>
      )}
      {plan.holdsChanged && !used && (
        <Note warm>Holds were changed since. Who is on hold now is spared; preview again to count anew.</Note>
      )}
      <Told lead="Not listed" words={plan.notListed} />
      <Told lead="Stays in the org" words={plan.notRemoved} />
      {!plan.complete && <Note warm>Not complete: reading the guests was cut off. Preview again.</Note>}
    </>
  );
}

/** What a plan says beside its numbers, under a word that tells what it is about. */
const Told = ({ lead, words }: { lead: string; words: string | null }) =>
  words !== null && (
    <Note mt={6}>
      <b>{lead}.</b> {words}
    </Note>
  );

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
      <Note>
        {allowed > 0 ? `at ${count(allowed)} requests a minute` : "at the org's rate budget"}; people go first
      </Note>
      {pace !== null && <Note>never faster than {countOf(pace, "guest")} a minute</Note>}
      <Note>It can be paused, and goes on after a restart where it stopped.</Note>
    </Section>
  );
}

type LargeProps = { children: ReactNode; role?: string; pale?: boolean; "data-due"?: number };

const Large = ({ pale, ...rest }: LargeProps) => (
  <Text fz={30} fw={650} lh={1.3} c={pale ? "dimmed" : undefined} {...rest} />
);
