import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { PlanView, RunView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { FailureNotice } from "../../parts/failure-notice";
import { ScreenPage } from "../../parts/screen-page";
import { keys, useCommand, useReadOnly, useStatus } from "../../queries";
import { ConfirmRun } from "./confirm-run";
import { PlanDetail } from "./plan-detail";
import { DueCard, TimeCard } from "./plan-numbers";
import { PolicyCard } from "./policy-card";
import { RunCard } from "./run-card";
import { RunHistory } from "./run-history";
import { ScheduleCard } from "./schedule-card";

const PURPOSE = "Guests older than the policy go, on schedule or by hand. Nothing goes without a plan you can read.";

const isOver = (run: RunView) => run.state === "finished" || run.state === "cancelled";

export default function RetentionScreen() {
  const core = useCore();
  const readOnly = useReadOnly();
  const status = useStatus();
  const policy = useQuery({ queryKey: keys.policy, queryFn: () => core.retentionPolicy() });
  const plan = useQuery({ queryKey: keys.plan, queryFn: () => core.retentionPlan() });
  const runs = useQuery({ queryKey: keys.runs, queryFn: () => core.retentionRuns() });
  const [confirming, setConfirming] = useState<PlanView | null>(null);
  const [chosenRun, setChosenRun] = useState<string | null>(null);

  // On production a person always reads the count before anything goes.
  const production = status.connection?.kind === "production";
  const previewSaved = useCommand(async (to) => to.retentionPreview(await to.retentionPolicy()), {
    stale: ["retention"],
    failure: "inline",
    done: (made) => made.due > 0 && setConfirming(made),
  });
  const runNow = useCommand((to) => to.retentionRunNow(), {
    stale: ["retention"],
    failure: "inline",
    done: () => setChosenRun(null),
  });

  // The status moves ten times a second, the list only when it went stale.
  const list = (runs.data ?? []).map((run) => (run.run === status.run?.run ? status.run : run));
  const current = status.run && !list.some((run) => run.run === status.run?.run) ? [status.run, ...list] : list;
  const fresh = plan.data && plan.data.usedBy === null;
  const newest = current[0];
  const shownRun =
    current.find((run) => run.run === chosenRun) ?? (newest && (!isOver(newest) || !fresh) ? newest : undefined);
  const active = current.some((run) => run.state === "running");
  const problem: unknown = policy.error ?? plan.error ?? runs.error ?? runNow.error ?? previewSaved.error;

  return (
    <ScreenPage
      title="Retention"
      purpose={PURPOSE}
      actions={
        !readOnly && (
          <Button
            variant="default"
            disabled={active || status.planning !== null}
            loading={runNow.isPending || previewSaved.isPending}
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            title="Plans with the saved policy, then runs it"
            onClick={() => (production ? previewSaved.mutate() : runNow.mutate())}
          >
            Run now
          </Button>
        )
      }
    >
      <Stack gap="md">
        {problem !== null && <FailureNotice problem={problem} />}
        <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
          {policy.data ? <PolicyCard saved={policy.data} /> : <Skeleton h={196} />}
          <DueCard
            plan={plan.data ?? null}
            loading={plan.isPending}
            planning={status.planning}
            canDelete={!readOnly && !active}
            readOnly={readOnly}
            onDelete={setConfirming}
          />
          <TimeCard plan={plan.data ?? null} loading={plan.isPending} allowed={status.budget.allowed} />
        </SimpleGrid>
        <ScheduleCard />
        {shownRun && <RunCard run={shownRun} readOnly={readOnly} />}
        {plan.data && plan.data.usedBy === null && <PlanDetail plan={plan.data} />}
        <RunHistory runs={current} chosen={shownRun?.run ?? null} onChoose={setChosenRun} />
      </Stack>
      {confirming && (
        <ConfirmRun
          plan={confirming}
          onClose={() => setConfirming(null)}
          onStarted={() => {
            setConfirming(null);
            setChosenRun(null);
          }}
        />
      )}
    </ScreenPage>
  );
}
