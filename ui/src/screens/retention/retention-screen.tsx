import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconHandStop, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { count } from "../../format";
import type { NamedPolicyView, PlanView, PolicyView, RunView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { failureOf } from "../../ipc/core";
import { FailureNotice } from "../../parts/failure-notice";
import { ScreenPage } from "../../parts/screen-page";
import { keys, useCommand, useReadOnly, useStatus } from "../../queries";
import { go, retentionHref, screenHref, useRoute } from "../../routes";
import { HoldsDrawer } from "../holds/holds-drawer";
import { AskNotice } from "./ask-notice";
import { CertificateModal } from "./certificate-modal";
import { ConfirmPolicy } from "./confirm-policy";
import { ConfirmRun } from "./confirm-run";
import { ForecastCard } from "./forecast-card";
import { PlanDetail } from "./plan-detail";
import { DueCard, TimeCard } from "./plan-numbers";
import { PolicyCard } from "./policy-card";
import { draftOf, newDraft, zoneHere } from "./policy-draft";
import { PolicyEditor } from "./policy-editor";
import { PolicyTabs } from "./policy-tabs";
import { isOver, RunCard } from "./run-card";
import { RunHistory } from "./run-history";
import { ScheduleCard } from "./schedule-card";
import { SparedTable } from "./spared-table";
import { WhyGuest } from "./why-guest";

const PURPOSE = "Guests older than the policy go, on schedule or by hand. Nothing goes without a plan you can read.";

export default function RetentionScreen() {
  const core = useCore();
  const readOnly = useReadOnly();
  const status = useStatus();
  const policies = useQuery({ queryKey: keys.policies, queryFn: () => core.retentionPolicies() });
  const runs = useQuery({ queryKey: keys.runs, queryFn: () => core.retentionRuns() });
  const holds = useQuery({ queryKey: keys.holds, queryFn: () => core.holdList() });
  const [chosen, setChosen] = useState<string | null>(null);
  const policy = policies.data?.find((other) => other.id === chosen) ?? policies.data?.[0];

  // The status moves ten times a second, the list only when it went stale.
  const list = (runs.data ?? []).map((run) => (run.run === status.run?.run ? status.run : run));
  const current = status.run && !list.some((run) => run.run === status.run?.run) ? [status.run, ...list] : list;
  const problem: unknown = policies.error ?? runs.error ?? holds.error;
  const overdue = holds.data?.some((hold) => hold.overdue) ?? false;

  return (
    <ScreenPage
      title="Retention"
      purpose={PURPOSE}
      actions={
        <>
          <Button
            component="a"
            href={retentionHref("holds")}
            variant="default"
            color={overdue ? "orange" : undefined}
            leftSection={<IconHandStop size={14} aria-hidden />}
          >
            Holds{holds.data && holds.data.length > 0 && ` (${count(holds.data.length)}${overdue ? ", overdue" : ""})`}
          </Button>
          {!readOnly && policy && <RunNow policy={policy} active={current.some((run) => run.state === "running")} />}
        </>
      }
    >
      <Stack gap="md">
        {problem !== null && <FailureNotice problem={problem} />}
        {policies.data && policy ? (
          <OfPolicy
            key={policy.id}
            policies={policies.data}
            policy={policy}
            runs={current}
            onChoose={(id) => setChosen(id)}
          />
        ) : (
          policies.error === null && <Skeleton h={260} />
        )}
      </Stack>
      <HoldsDrawer />
    </ScreenPage>
  );
}

type OfPolicyProps = {
  policies: NamedPolicyView[];
  policy: NamedPolicyView;
  /** Newest first. */
  runs: RunView[];
  onChoose: (id: string) => void;
};

/** Everything below the title: the chosen policy, the newest plan, the runs. */
function OfPolicy({ policies, policy, runs, onChoose }: OfPolicyProps) {
  const core = useCore();
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const status = useStatus();
  const { part } = useRoute();
  const plan = useQuery({ queryKey: keys.plan, queryFn: () => core.retentionPlan() });
  const [confirming, setConfirming] = useState<PlanView | null>(null);
  const [chosenRun, setChosenRun] = useState<string | null>(null);
  const [certificate, setCertificate] = useState<string | null>(null);
  const [picked, setPicked] = useState<{ guest: string } | null>(null);
  /** Tried on the card and to be reviewed in the editor. */
  const [tried, setTried] = useState<PolicyView | null>(null);
  const preview = useCommand((to, what: PolicyView) => to.retentionPreview(what), {
    stale: ["retention", "audit"],
    done: (made) => client.setQueryData(keys.plan, made),
  });

  const fresh = plan.data && plan.data.usedBy === null;
  const newest = runs[0];
  const shownRun =
    runs.find((run) => run.run === chosenRun) ?? (newest && (!isOver(newest) || !fresh) ? newest : undefined);
  const active = runs.some((run) => run.state === "running");
  const close = () => {
    setTried(null);
    go(screenHref("retention"));
  };
  const edit = () => go(retentionHref("edit"));
  const confirm = () => go(retentionHref("confirm"));
  const editing = part === "edit" || part === "new";

  return (
    <>
      {policies
        .filter((other) => other.asks !== null)
        .map((asking) => (
          <AskNotice
            key={asking.id}
            policy={asking}
            previewing={preview.isPending}
            onPreview={() => {
              onChoose(asking.id);
              preview.mutate(asking.what);
            }}
            onConfirm={() => {
              onChoose(asking.id);
              confirm();
            }}
          />
        ))}
      <PolicyTabs
        policies={policies}
        chosen={policy}
        onChoose={onChoose}
        onEdit={edit}
        onNew={() => go(retentionHref("new"))}
      />
      {plan.error !== null && <FailureNotice problem={plan.error} />}
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
        <PolicyCard
          saved={policy.what}
          onReview={(what) => {
            setTried(what);
            edit();
          }}
        />
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
      <ScheduleCard policy={policy} onEdit={edit} onConfirm={confirm} />
      {shownRun && <RunCard run={shownRun} readOnly={readOnly} onCertificate={setCertificate} />}
      {plan.data && fresh && <PlanDetail plan={plan.data} onWhy={(guest) => setPicked({ guest })} />}
      <SimpleGrid cols={{ base: 1, md: plan.data ? 2 : 1 }} spacing="md">
        {plan.data && <SparedTable plan={plan.data} />}
        <WhyGuest policy={policy} picked={picked} />
      </SimpleGrid>
      <ForecastCard policy={policy} />
      <RunHistory runs={runs} chosen={shownRun?.run ?? null} onChoose={setChosenRun} />
      {confirming && (
        <ConfirmRun
          plan={confirming}
          policy={policy}
          asked={false}
          onClose={() => setConfirming(null)}
          onStarted={() => {
            setConfirming(null);
            setChosenRun(null);
          }}
        />
      )}
      {certificate !== null && <CertificateModal run={certificate} onClose={() => setCertificate(null)} />}
      {editing && !readOnly && (
        <PolicyEditor
          key={part}
          first={
            part === "new" ? newDraft(zoneHere()) : { ...draftOf(policy), ...(tried === null ? {} : { what: tried }) }
          }
          isNew={part === "new"}
          onClose={close}
          onSaved={(saved) => {
            close();
            onChoose(saved.id);
          }}
        />
      )}
      {part === "confirm" && !readOnly && <ConfirmPolicy policy={policy} onClose={close} />}
    </>
  );
}

/** Plans with the saved policy and runs it. Where the core or production asks for the count, the plan is shown first. */
function RunNow({ policy, active }: { policy: NamedPolicyView; active: boolean }) {
  const { connection, planning } = useStatus();
  const production = connection?.kind === "production";
  const [shown, setShown] = useState<{ plan: PlanView; asked: boolean } | null>(null);
  const previewSaved = useCommand((to, _asked: boolean) => to.retentionPreview(policy.what), {
    stale: ["retention", "audit"],
    done: (plan, asked) => plan.due > 0 && setShown({ plan, asked }),
  });
  const runNow = useCommand((to) => to.retentionRunNow(policy.id), {
    stale: ["retention", "audit"],
    failure: "inline",
    failed: (problem) => {
      if (failureOf(problem).code === "confirmation_needed") previewSaved.mutate(true);
    },
  });
  const refused = runNow.error !== null && failureOf(runNow.error).code !== "confirmation_needed";
  return (
    <>
      <Button
        variant="default"
        disabled={active || planning !== null}
        loading={runNow.isPending || previewSaved.isPending}
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        title={`Plans with ${policy.name} as saved, then runs it`}
        onClick={() => (production ? previewSaved.mutate(false) : runNow.mutate())}
      >
        Run now
      </Button>
      {refused && <FailureNotice problem={runNow.error} />}
      {shown && (
        <ConfirmRun
          plan={shown.plan}
          policy={policy}
          asked={shown.asked}
          onClose={() => setShown(null)}
          onStarted={() => setShown(null)}
        />
      )}
    </>
  );
}
