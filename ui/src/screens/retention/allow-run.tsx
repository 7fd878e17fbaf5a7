import { Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { count, countOf } from "../../format";
import type { NamedPolicyView, PlanView, RunAnswers } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { DialogFoot } from "../../parts/dialog-foot";
import { Fact } from "../../parts/facts";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useCommand, useStatus } from "../../queries";
import { begun, capWords, paceWords } from "./policy-draft";
import { RunFacts } from "./run-facts";
import { RunQuestions, useAnswers } from "./run-questions";

type Props = { policy: NamedPolicyView; onClose: () => void };

/** Allows one scheduled run that waits. The plan is made now, and its guests are those that are deleted. */
export function AllowRun({ policy, onClose }: Props) {
  const core = useCore();
  const { planning } = useStatus();
  // Under no topic: making this plan makes the topic stale, which would make the plan again.
  const plan = useQuery({
    queryKey: ["allow-plan", policy.id, policy.what, policy.asks?.since],
    queryFn: () => core.retentionPreview(policy.id, policy.what),
    gcTime: 0,
  });
  return (
    <Modal opened onClose={onClose} title={`Allow this run of ${shown(policy.name)}?`} size={500}>
      <Stack gap="sm">
        <Text size="sm">
          <Shown text={policy.asks?.message ?? ""} />
        </Text>
        {plan.data ? (
          <Allowed plan={plan.data} policy={policy} onClose={onClose} onAgain={() => void plan.refetch()} />
        ) : (
          <>
            {plan.error === null ? (
              <Group gap="xs" role="status">
                <Loader size={16} aria-hidden />
                <Text size="sm" c="dimmed">
                  Making the plan{planning ? `: ${countOf(planning.read, "guest")} read` : "…"}
                </Text>
              </Group>
            ) : (
              <FailureNotice problem={plan.error} action="Plan again" onAction={() => void plan.refetch()} />
            )}
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

type AllowedProps = Props & { plan: PlanView; onAgain: () => void };

function Allowed({ plan, policy, onClose, onAgain }: AllowedProps) {
  const { connection } = useStatus();
  const given = useAnswers(plan, connection?.kind);
  const allow = useCommand((core, answers: RunAnswers) => core.retentionAllowOnce(policy.id, plan.plan, answers), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onClose,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (given.sure && !allow.isPending) allow.mutate(given.answers);
      }}
    >
      <Stack gap="sm">
        <Text size="sm">
          It goes this once and deletes guests from <b>{connection?.name ?? "the org"}</b>, which cannot be undone. The
          next time that something is unusual it asks again.
        </Text>
        <RunFacts plan={plan} policy={policy}>
          <Fact name="How fast">
            {capWords(policy.cap)} · {begun(paceWords(policy.pace))}
          </Fact>
        </RunFacts>
        <RunQuestions plan={plan} given={given} />
        {allow.error !== null && <FailureNotice problem={allow.error} action="Plan again" onAction={onAgain} />}
        <DialogFoot>
          <Button
            variant="default"
            onClick={onClose}
            data-autofocus={given.questions.some(({ code }) => code !== "clock") ? undefined : true}
          >
            Not now
          </Button>
          <Button type="submit" color="red" disabled={!given.sure || !plan.complete} loading={allow.isPending}>
            Delete {count(plan.due)} {plan.due === 1 ? "guest" : "guests"}
          </Button>
        </DialogFoot>
      </Stack>
    </form>
  );
}
