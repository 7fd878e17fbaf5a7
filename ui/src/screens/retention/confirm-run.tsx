import { Code, Modal, SimpleGrid } from "@mantine/core";
import { useState } from "react";
import { count, countOf, duration, moment } from "../../format";
import type { NamedPolicyView, PlanView, RunAnswers } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { NumberField } from "../../parts/number-field";
import { numberOf, ranges, readNumber, typedOf } from "../../parts/numbers";
import { useCommand, useStatus } from "../../queries";
import { estimate } from "./estimate";
import { RunForm } from "./run-form";

type Props = {
  plan: PlanView;
  /** Whose plan it is, and whose cap and pace the run begins with. */
  policy: NamedPolicyView;
  onClose: () => void;
  onStarted: () => void;
};

/** The last confirmation before guests are deleted: which ones, under which policy, how many and how fast. */
export function ConfirmRun({ plan, policy, onClose, onStarted }: Props) {
  const { connection } = useStatus();
  const [typedCap, setCap] = useState(typedOf(policy.cap));
  const [typedPace, setPace] = useState(typedOf(policy.pace));
  const [cap, pace] = [numberOf(ranges.cap, typedCap), numberOf(ranges.pace, typedPace)];
  const start = useCommand((core, answers: RunAnswers) => core.retentionRun(plan.plan, answers, pace, cap), {
    stale: ["retention", "audit"],
    failure: "inline",
    done: onStarted,
    // A question may have come up since: the plan is asked for again, and with it what is open.
    failedStale: ["retention"],
  });
  const sound = "value" in readNumber(ranges.cap, typedCap) && "value" in readNumber(ranges.pace, typedPace);
  const { guests, seconds } = estimate(plan.due, cap, pace, plan.estimateSeconds);
  const all = countOf(plan.due, "guest");
  return (
    <Modal
      opened
      onClose={onClose}
      title={guests < plan.due ? `Delete at most ${count(guests)} of ${all}?` : `Delete ${all}?`}
      size={500}
    >
      <RunForm
        plan={plan}
        policy={policy}
        intro={
          <>
            The run deletes guests from <b>{connection?.name ?? "the org"}</b>
            {sound && <>, takes about {duration(seconds)}</>} and cannot be undone.
          </>
        }
        note={
          <Note>
            Plan <Code fz={11}>{plan.plan.slice(0, 12)}</Code>, made {moment(plan.createdAt)}
          </Note>
        }
        act="Start run"
        ready={sound}
        command={start}
        onClose={onClose}
      >
        <SimpleGrid cols={2} spacing="sm">
          <NumberField
            range={ranges.cap}
            label="At most, in this run"
            placeholder="All that are due"
            value={typedCap}
            onType={setCap}
          />
          <NumberField
            range={ranges.pace}
            label="At most, a minute"
            placeholder="The rate budget"
            value={typedPace}
            onType={setPace}
          />
        </SimpleGrid>
      </RunForm>
    </Modal>
  );
}
