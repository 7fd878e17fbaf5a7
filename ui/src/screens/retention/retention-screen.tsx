import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconHandStop, IconPlayerPlay } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useEffectEvent, useState } from "react";
import { count } from "../../format";
import type { NamedPolicyView, PolicyView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { FailureNotice } from "../../parts/failure-notice";
import { ScreenPage } from "../../parts/screen-page";
import { useShownPolicy } from "../../places";
import { keys, useAsk, useCommand, useReadOnly, useRefusal } from "../../queries";
import { go, retentionHref, screenHref, useRoute } from "../../routes";
import { HoldsDrawer } from "../holds/holds-drawer";
import { CertificateModal } from "./certificate-modal";
import { ConfirmPolicy } from "./confirm-policy";
import { ConfirmRun } from "./confirm-run";
import { ForecastCard } from "./forecast-card";
import { PendingApproval } from "./pending-approval";
import { PlanDetail } from "./plan-detail";
import { mismatchWords, useMatchingPlan } from "./plan-match";
import { PlanNumbers } from "./plan-numbers";
import { PolicyCard } from "./policy-card";
import { draftOf, newDraft, zoneHere } from "./policy-draft";
import { PolicyEditor } from "./policy-editor";
import { PolicyTabs } from "./policy-tabs";
import { CurrentRun } from "./run-card";
import { RunHistory } from "./run-history";
import { ScheduleCard } from "./schedule-card";
import { SparedTable } from "./spared-table";
import { useCanRun } from "./use-runs";
import { useTried } from "./use-tried";
import { WhyGuest } from "./why-guest";

const PURPOSE = "Guests older than the policy allows are deleted, on schedule or by hand, by a plan that you can read.";

export function RetentionScreen() {
  const policies = useAsk(keys.policies, (core) => core.retentionPolicies());
  const [chosen, choose] = useShownPolicy();
  const policy = policies.data?.find((other) => other.id === chosen) ?? policies.data?.[0];
  return (
    <>
      {policies.data && policy ? (
        <OfPolicy
          key={policy.id}
          policies={policies.data}
          policy={policy}
          problem={policies.error}
          onRetry={() => void policies.refetch()}
          onChoose={choose}
        />
      ) : (
        <Frame>{policies.error === null ? <Skeleton h={260} /> : <FailureNotice problem={policies.error} />}</Frame>
      )}
      <HoldsDrawer />
    </>
  );
}

/** Title and the way to the holds, which belong to no policy. */
function Frame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const holds = useAsk(keys.holds, (core) => core.holdList());
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
          {actions}
        </>
      }
    >
      <Stack gap="md">
        <FailureNotice problem={holds.error} />
        {children}
      </Stack>
    </ScreenPage>
  );
}

type OfPolicyProps = {
  policies: NamedPolicyView[];
  policy: NamedPolicyView;
  /** Why the policies could not be read anew; what is known is from before then. */
  problem: unknown;
  onRetry: () => void;
  onChoose: (id: string) => void;
};

/** The chosen policy, the newest plan where it is of this policy and these values, the runs. */
function OfPolicy({ policies, policy, problem, onRetry, onChoose }: OfPolicyProps) {
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const refusal = useRefusal("deleteGuests");
  const { part } = useRoute();
  const newest = useAsk(keys.plan, (core) => core.retentionPlan());
  const tried = useTried(policy.id, policy.what);
  const { shown, mismatch } = useMatchingPlan(newest.data ?? null, policy.id, tried.what);
  /** The hash of the plan that a person is asked about: a newer plan has to be confirmed anew. */
  const [confirming, setConfirming] = useState<string | null>(null);
  const [chosenRun, setChosenRun] = useState<string | null>(null);
  const [certificate, setCertificate] = useState<string | null>(null);
  const [picked, setPicked] = useState<{ guest: string } | null>(null);
  /** Tried on the card and to be reviewed in the editor. */
  const [reviewed, setReviewed] = useState<PolicyView | null>(null);
  const preview = useCommand(
    (to, { of, what }: { of: string; what: PolicyView; confirm?: boolean }) => to.retentionPreview(of, what),
    {
      stale: ["retention", "audit"],
      failure: "inline",
      done: (made, { confirm }) => {
        client.setQueryData(keys.plan, made);
        if (confirm && made.due > 0 && made.complete) setConfirming(made.plan);
      },
    },
  );

  const canRun = useCanRun() && tried.what !== null && refusal === null;
  const fresh = shown !== null && shown.usedBy === null;
  const runNow = () => {
    if (fresh && shown.complete && shown.due > 0) setConfirming(shown.plan);
    else if (tried.what) preview.mutate({ of: policy.id, what: tried.what, confirm: true });
  };
  // From the palette, on whichever screen it was opened: the newest plan is read first.
  const asked = useEffectEvent(() => {
    go(screenHref("retention"));
    if (canRun) runNow();
  });
  useEffect(() => {
    if (part === "run" && !newest.isPending) asked();
  }, [part, newest.isPending]);
  const close = () => {
    setReviewed(null);
    go(screenHref("retention"));
  };
  const editing = part === "edit" || part === "new";

  return (
    <Frame
      actions={
        !readOnly && (
          <Button
            variant="default"
            disabled={!canRun}
            loading={preview.isPending}
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            title={refusal ?? "Shows the plan and asks before any guest is deleted"}
            onClick={runNow}
          >
            Run now…
          </Button>
        )
      }
    >
      {policies
        .filter((other) => other.asks !== null)
        .map((asking) => (
          <PendingApproval
            key={asking.id}
            policy={asking}
            previewing={preview.isPending}
            onPreview={() => {
              onChoose(asking.id);
              preview.mutate({ of: asking.id, what: asking.what });
            }}
            onConfirm={() => {
              onChoose(asking.id);
              go(retentionHref("confirm"));
            }}
          />
        ))}
      <Answer problem={problem} onRetry={onRetry} known none={false} empty={null}>
        <PolicyTabs policies={policies} chosen={policy} onChoose={onChoose} />
      </Answer>
      <FailureNotice problem={newest.error} />
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
        <PolicyCard
          saved={policy.what}
          tried={tried}
          previewing={preview.isPending}
          problem={preview.error}
          onPreview={(what) => preview.mutate({ of: policy.id, what })}
          onReview={(what) => {
            setReviewed(what);
            go(retentionHref("edit"));
          }}
        />
        <PlanNumbers
          plan={shown}
          policy={policy}
          loading={newest.isPending}
          putAway={
            newest.data && mismatch
              ? mismatchWords(mismatch, newest.data, policies)
              : newest.error !== null && !newest.data
                ? "Whether there is a plan could not be read."
                : null
          }
          onDelete={() => setConfirming(shown?.plan ?? null)}
        />
      </SimpleGrid>
      <ScheduleCard policy={policy} />
      <CurrentRun chosen={chosenRun} planWaits={fresh} onCertificate={setCertificate} />
      {fresh && <PlanDetail plan={shown} onWhy={(guest) => setPicked({ guest })} />}
      <SimpleGrid cols={{ base: 1, md: shown ? 2 : 1 }} spacing="md">
        {shown && <SparedTable plan={shown} />}
        <WhyGuest policy={policy} picked={picked} />
      </SimpleGrid>
      <ForecastCard policy={policy} plan={shown} />
      <RunHistory chosen={chosenRun} planWaits={fresh} onChoose={setChosenRun} />
      {fresh && shown.plan === confirming && !readOnly && (
        <ConfirmRun
          plan={shown}
          policy={policy}
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
          stored={part === "new" ? newDraft(zoneHere()) : draftOf(policy)}
          reviewed={part === "new" ? null : reviewed}
          isNew={part === "new"}
          onClose={close}
          onSaved={(saved) => {
            close();
            onChoose(saved.id);
          }}
        />
      )}
      {part === "confirm" && !readOnly && <ConfirmPolicy policy={policy} onClose={close} />}
    </Frame>
  );
}
