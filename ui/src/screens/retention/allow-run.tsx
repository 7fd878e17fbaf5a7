import { Button, Modal, Stack, Text } from "@mantine/core";
import { countOf } from "../../format";
import type { NamedPolicyView, RunAnswers } from "../../ipc/bindings";
import { DialogFoot } from "../../parts/dialog-foot";
import { Fact } from "../../parts/facts";
import { Pending } from "../../parts/pending";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useCommand, useStatus } from "../../queries";
import { begun, capWords, paceWords } from "./policy-draft";
import { RunForm } from "./run-form";
import { useFreshPlan } from "./use-fresh-plan";

type Props = { policy: NamedPolicyView; onClose: () => void };

/** Allows one scheduled run that waits. The plan is made now, and its guests are those that are deleted. */
export function AllowRun({ policy, onClose }: Props) {
  const { planning, connection } = useStatus();
  const plan = useFreshPlan("allow-plan", policy, policy.asks?.since);
  const made = plan.data;
  const allow = useCommand(
    (core, answers: RunAnswers) => core.retentionAllowOnce(policy.id, made?.plan ?? "", answers),
    { stale: ["retention", "audit"], failure: "inline", done: onClose },
  );
  return (
    <Modal opened onClose={onClose} title={`Allow this run of ${shown(policy.name)}?`} size={500}>
      <Stack gap="sm">
        <Text size="sm">
          <Shown text={policy.asks?.message ?? ""} />
        </Text>
        {made ? (
          <RunForm
            plan={made}
            policy={policy}
            intro={
              <>
                It runs this once and deletes guests from <b>{connection?.name ?? "the org"}</b>, which cannot be
                undone. The next time that something is unusual it asks again.
              </>
            }
            facts={
              <Fact name="How fast">
                {capWords(policy.cap)} · {begun(paceWords(policy.pace))}
              </Fact>
            }
            act={`Delete ${countOf(made.due, "guest")}`}
            ready={made.complete}
            command={allow}
            onAgain={() => void plan.refetch()}
            onClose={onClose}
          />
        ) : (
          <>
            <Pending
              query={plan}
              words={`Making the plan${planning ? `: ${countOf(planning.read, "guest")} read` : "…"}`}
              again="Plan again"
            />
            <DialogFoot>
              <Button variant="default" onClick={onClose}>
                Not now
              </Button>
            </DialogFoot>
          </>
        )}
      </Stack>
    </Modal>
  );
}
