import { Button } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import type { NamedPolicyView, PlanView } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { failureToast } from "../../parts/failure-toast";
import { useCommand, useStatus } from "../../queries";
import { ConfirmRun } from "./confirm-run";
import { useRuns } from "./use-runs";

/** Plans with the saved policy and runs it. Where the core or production asks for the count, the plan is shown first. */
export function RunNow({ policy }: { policy: NamedPolicyView }) {
  const { connection, planning } = useStatus();
  const active = useRuns().runs.some((run) => run.state === "running");
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
      else failureToast(problem);
    },
  });
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
