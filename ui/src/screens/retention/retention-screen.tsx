import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { count } from "../../format";
import type { NamedPolicyView, PlanView, PolicyView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { FailureNotice } from "../../parts/failure-notice";
import { ScreenPage } from "../../parts/screen-page";
import { keys, useCommand, useReadOnly } from "../../queries";
import { go, retentionHref, screenHref, useRoute } from "../../routes";
import { HoldsDrawer } from "../holds/holds-drawer";
import { AskNotice } from "./ask-notice";
import { CertificateModal } from "./certificate-modal";
import { ConfirmPolicy } from "./confirm-policy";
import { ConfirmRun } from "./confirm-run";
import { ForecastCard } from "./forecast-card";
import { PlanDetail } from "./plan-detail";
import { PlanNumbers } from "./plan-numbers";
import { PolicyCard } from "./policy-card";
import { draftOf, newDraft, zoneHere } from "./policy-draft";
import { PolicyEditor } from "./policy-editor";
import { PolicyTabs } from "./policy-tabs";
import { CurrentRun } from "./run-card";
import { RunHistory } from "./run-history";
import { RunNow } from "./run-now";
import { ScheduleCard } from "./schedule-card";
import { SparedTable } from "./spared-table";
import { WhyGuest } from "./why-guest";

const PURPOSE = "Guests older than the policy go, on schedule or by hand. Nothing goes without a plan you can read.";

export function RetentionScreen() {
  const core = useCore();
  const readOnly = useReadOnly();
  const policies = useQuery({ queryKey: keys.policies, queryFn: () => core.retentionPolicies() });
  const holds = useQuery({ queryKey: keys.holds, queryFn: () => core.holdList() });
  const [chosen, setChosen] = useState<string | null>(null);
  const policy = policies.data?.find((other) => other.id === chosen) ?? policies.data?.[0];

  const problem: unknown = policies.error ?? holds.error;
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
          {!readOnly && policy && <RunNow policy={policy} />}
        </>
      }
    >
      <Stack gap="md">
        {problem !== null && <FailureNotice problem={problem} />}
        {policies.data && policy ? (
          <OfPolicy key={policy.id} policies={policies.data} policy={policy} onChoose={setChosen} />
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
  onChoose: (id: string) => void;
};

/** Everything below the title: the chosen policy, the newest plan, the runs. */
function OfPolicy({ policies, policy, onChoose }: OfPolicyProps) {
  const core = useCore();
  const client = useQueryClient();
  const readOnly = useReadOnly();
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

  const fresh = plan.data?.usedBy === null;
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
        <PlanNumbers plan={plan.data ?? null} loading={plan.isPending} onDelete={setConfirming} />
      </SimpleGrid>
      <ScheduleCard policy={policy} onEdit={edit} onConfirm={confirm} />
      <CurrentRun chosen={chosenRun} planWaits={fresh} onCertificate={setCertificate} />
      {plan.data && fresh && <PlanDetail plan={plan.data} onWhy={(guest) => setPicked({ guest })} />}
      <SimpleGrid cols={{ base: 1, md: plan.data ? 2 : 1 }} spacing="md">
        {plan.data && <SparedTable plan={plan.data} />}
        <WhyGuest policy={policy} picked={picked} />
      </SimpleGrid>
      <ForecastCard policy={policy} />
      <RunHistory chosen={chosenRun} planWaits={fresh} onChoose={setChosenRun} />
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
