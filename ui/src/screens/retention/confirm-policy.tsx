import { Text } from "@mantine/core";
import { count, countOf, moment } from "../../format";
import type { NamedPolicyView } from "../../ipc/bindings";
import { Question } from "../../parts/dialogs";
import { Note } from "../../parts/note";
import { Pending } from "../../parts/pending";
import { shown } from "../../parts/shown";
import { useCommand, useStatus } from "../../queries";
import { ChangeList } from "./change-list";
import { brakeWords, capWords, quietWords, whatWords } from "./policy-draft";
import { useFreshPlan } from "./use-fresh-plan";

type Props = { policy: NamedPolicyView; onClose: () => void };

/** Confirms that a policy may run by itself, with how many guests it would delete today. */
export function ConfirmPolicy({ policy, onClose }: Props) {
  const { planning, connection } = useStatus();
  const plan = useFreshPlan("confirm-plan", policy);
  const confirm = useCommand((to, due: number) => to.retentionPolicyConfirm(policy.id, due), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onClose,
  });
  const made = plan.data;
  return (
    <Question
      title={`Confirm ${shown(policy.name)}?`}
      size={500}
      stay="Not now"
      act={made ? `Confirm with ${countOf(made.due, "guest")} due` : "Confirm"}
      onAct={() => made && confirm.mutate(made.due)}
      problem={confirm.error}
      loading={confirm.isPending}
      disabled={!made}
      onStay={onClose}
    >
      <Text size="sm">
        From then on it may delete guests of <b>{connection?.name ?? "the org"}</b> that are {whatWords(policy.what)},
        whenever its schedule is due, without asking.
      </Text>
      {policy.confirmed && <ChangeList changes={policy.waiting} label="Stronger than what was confirmed" />}
      <Note>
        {capWords(policy.cap)} · {quietWords(policy.quiet)} · {brakeWords(policy.brake)}
      </Note>
      {made ? (
        <div role="status" aria-label="Due now under this policy">
          <Text fz={30} fw={650} lh={1.3}>
            {count(made.due)}
          </Text>
          <Note>
            {made.due === 1 ? "guest is" : "guests are"} due now, counted {moment(made.createdAt)}
            {made.held > 0 && `; ${count(made.held)} more on hold stay`}
          </Note>
        </div>
      ) : (
        <Pending
          query={plan}
          words={`Counting who is due${planning ? `: ${countOf(planning.read, "guest")} read` : "…"}`}
          again="Count again"
        />
      )}
    </Question>
  );
}
