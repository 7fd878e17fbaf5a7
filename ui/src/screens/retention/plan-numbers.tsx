import { Button, Loader, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { count, countOf, day, duration } from "../../format";
import type { NamedPolicyView, PlanProgressView, PlanView } from "../../ipc/bindings";
import { useReadOnly, useStatus } from "../../queries";
import { estimate } from "./estimate";
import { useRuns } from "./use-runs";

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
export function PlanNumbers({ plan, policy, loading, putAway, onDelete }: Props) {
  const readOnly = useReadOnly();
  const { planning, budget } = useStatus();
  const active = useRuns().runs.some((run) => run.state === "running");
  return (
    <>
      <DueCard
        plan={plan}
        cap={policy.cap}
        loading={loading}
        planning={planning}
        putAway={putAway}
        canDelete={!readOnly && !active}
        readOnly={readOnly}
        onDelete={onDelete}
      />
      <TimeCard plan={plan} policy={policy} loading={loading} allowed={budget.allowed} />
    </>
  );
}

type DueProps = {
  plan: PlanView | null;
  cap: number | null;
  loading: boolean;
  planning: PlanProgressView | null;
  putAway: string | null;
  canDelete: boolean;
  readOnly: boolean;
  onDelete: () => void;
};

/** How many guests are due, and the button that deletes them. */
function DueCard({ plan, cap, loading, planning, putAway, canDelete, readOnly, onDelete }: DueProps) {
  return (
    <Paper p="md" component="section" aria-label="Due now">
      <Title order={2} fz="xs" fw={400} c="dimmed">
        Due now
      </Title>
      <Stack gap="sm" justify="space-between" h="calc(100% - 16px)">
        <div>
          {planning ? (
            <>
              <Text fz={30} fw={650} lh={1.3} role="status">
                {count(planning.due)} <Loader size={16} ml={4} aria-label="Planning" />
              </Text>
              <Text size="xs" c="dimmed">
                so far, of {countOf(planning.read, "guest")} read
              </Text>
            </>
          ) : loading ? (
            <Skeleton h={30} w={90} my={5} />
          ) : plan ? (
            <PlanWords plan={plan} cap={cap} />
          ) : (
            <>
              <Text fz={30} fw={650} lh={1.3} c="dimmed">
                —
              </Text>
              <Text size="xs" c={putAway === null ? "dimmed" : "var(--ink-warm)"} role="status">
                {putAway ?? "Preview a plan to see who would be deleted. A preview deletes nobody."}
              </Text>
            </>
          )}
        </div>
        {plan && plan.usedBy === null && plan.due > 0 && !readOnly && (
          <Button
            color="red"
            variant="light"
            style={{ alignSelf: "flex-start" }}
            disabled={!canDelete || planning !== null || !plan.complete}
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={onDelete}
          >
            {cap !== null && cap < plan.due
              ? `Delete at most ${countOf(cap, "guest")}`
              : `Delete ${countOf(plan.due, "guest")}`}
          </Button>
        )}
        {readOnly && (
          <Text size="xs" c="dimmed">
            This connection is read-only: a plan can be read, not run.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

function PlanWords({ plan, cap }: { plan: PlanView; cap: number | null }) {
  const used = plan.usedBy !== null;
  return (
    <>
      <Text fz={30} fw={650} lh={1.3} c={used ? "dimmed" : undefined} data-due={plan.due}>
        {count(plan.due)}
      </Text>
      <Text size="xs" c="dimmed">
        {used ? `were due; run ${plan.usedBy} has used this plan` : `older than ${plan.policy.days} days`}
        {plan.oldest && ` · oldest ${day(plan.oldest)}`}
      </Text>
      {cap !== null && cap < plan.due && !used && (
        <Text size="xs" c="dimmed">
          at most {count(cap)} of {count(plan.due)} in one run
        </Text>
      )}
      {plan.spared > 0 && (
        <Text size="xs" c="dimmed">
          {count(plan.spared)} spared, {plan.held > 0 ? `${count(plan.held)} of them` : "none"} on hold
        </Text>
      )}
      {plan.holdsChanged && !used && (
        <Text size="xs" c="var(--ink-warm)">
          Holds were changed since. Who is on hold now is spared; preview again to count anew.
        </Text>
      )}
      {!plan.complete && (
        <Text size="xs" c="var(--ink-warm)">
          Not complete: reading the guests was cut off. Preview again.
        </Text>
      )}
    </>
  );
}

type TimeProps = { plan: PlanView | null; policy: NamedPolicyView; loading: boolean; allowed: number };

function TimeCard({ plan, policy: { cap, pace }, loading, allowed }: TimeProps) {
  return (
    <Paper p="md" component="section" aria-label="Takes about">
      <Title order={2} fz="xs" fw={400} c="dimmed">
        Takes about
      </Title>
      {loading ? (
        <Skeleton h={30} w={110} my={5} />
      ) : (
        <Text fz={30} fw={650} lh={1.3} c={plan && plan.usedBy === null ? undefined : "dimmed"}>
          {plan ? duration(estimate(plan.due, cap, pace, plan.estimateSeconds).seconds) : "—"}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {allowed > 0 ? `at ${count(allowed)} requests a minute` : "at the org's rate budget"}; people go first
      </Text>
      {pace !== null && (
        <Text size="xs" c="dimmed">
          never faster than {countOf(pace, "guest")} a minute
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={6}>
        It can be paused, and goes on after a restart where it stopped.
      </Text>
    </Paper>
  );
}
