import { Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { count, countOf, moment } from "../../format";
import type { NamedPolicyView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { QuestionFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { useCommand, useStatus } from "../../queries";
import { ChangeList } from "./change-list";
import { brakeWords, capWords, quietWords, whatWords } from "./policy-draft";

type Props = { policy: NamedPolicyView; onClose: () => void };

/** Confirms that a policy may run by itself, with how many guests it would delete today. */
export function ConfirmPolicy({ policy, onClose }: Props) {
  const core = useCore();
  const { planning, connection } = useStatus();
  // Under no topic: making this plan makes the topic stale, which would make the plan again.
  const plan = useQuery({
    queryKey: ["confirm-plan", policy.id],
    queryFn: () => core.retentionPreview(policy.id, policy.what),
    gcTime: 0,
  });
  const confirm = useCommand((to, due: number) => to.retentionPolicyConfirm(policy.id, due), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onClose,
  });
  const due = plan.data?.due;
  return (
    <Modal opened onClose={onClose} title={`Confirm ${shown(policy.name)}?`} size={500}>
      <Stack gap="sm">
        <Text size="sm">
          From then on it may delete guests of <b>{connection?.name ?? "the org"}</b> that are {whatWords(policy.what)},
          whenever its schedule is due, without asking.
        </Text>
        {policy.confirmed && <ChangeList changes={policy.waiting} label="Stronger than what was confirmed" />}
        <Text size="xs" c="dimmed">
          {capWords(policy.cap)} · {quietWords(policy.quiet)} · {brakeWords(policy.brake)}
        </Text>
        <div role="status" aria-label="Due now under this policy">
          {due !== undefined ? (
            <>
              <Text fz={30} fw={650} lh={1.3}>
                {count(due)}
              </Text>
              <Text size="xs" c="dimmed">
                {due === 1 ? "guest is" : "guests are"} due now, counted {plan.data && moment(plan.data.createdAt)}
                {plan.data && plan.data.held > 0 && `; ${count(plan.data.held)} more on hold stay`}
              </Text>
            </>
          ) : (
            plan.error === null && (
              <Group gap="xs">
                <Loader size={16} aria-hidden />
                <Text size="sm" c="dimmed">
                  Counting who is due{planning ? `: ${countOf(planning.read, "guest")} read` : "…"}
                </Text>
              </Group>
            )
          )}
        </div>
        {plan.error !== null && (
          <FailureNotice problem={plan.error} action="Count again" onAction={() => void plan.refetch()} />
        )}
        {confirm.error !== null && <FailureNotice problem={confirm.error} />}
        <QuestionFoot
          stay="Not now"
          onStay={onClose}
          act={due === undefined ? "Confirm" : `Confirm with ${countOf(due, "guest")} due`}
          onAct={() => due !== undefined && confirm.mutate(due)}
          disabled={due === undefined}
          loading={confirm.isPending}
        />
      </Stack>
    </Modal>
  );
}
