import { Button, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { NamedPolicyView, PlanView, RunAnswers } from "../../ipc/bindings";
import { DialogFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { useStatus } from "../../queries";
import { RunFacts } from "./run-facts";
import { RunQuestions, useAnswers } from "./run-questions";

type Props = {
  plan: PlanView;
  policy: NamedPolicyView;
  /** What the run does, in a sentence. */
  intro: ReactNode;
  /** More lines of what it does. */
  facts?: ReactNode;
  /** More fields. */
  children?: ReactNode;
  /** Beside the buttons. */
  note?: ReactNode;
  /** What the button that starts it says. */
  act: string;
  /** The other fields allow it. */
  ready: boolean;
  command: { mutate: (answers: RunAnswers) => void; error: unknown; isPending: boolean };
  /** Makes the plan anew after a failure. */
  onAgain?: () => void;
  onClose: () => void;
};

/** The last question before guests are deleted: what the run does, and an answer to each open question. */
export function RunForm({ plan, policy, intro, facts, children, note, act, ready, command, onAgain, onClose }: Props) {
  const { connection } = useStatus();
  const given = useAnswers(plan, connection?.kind);
  const sure = ready && given.sure;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (sure && !command.isPending) command.mutate(given.answers);
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{intro}</Text>
        <RunFacts plan={plan} policy={policy}>
          {facts}
        </RunFacts>
        {children}
        <RunQuestions plan={plan} given={given} />
        <FailureNotice problem={command.error} action="Plan again" onAction={onAgain} />
        <DialogFoot note={note}>
          <Button
            variant="default"
            onClick={onClose}
            data-autofocus={given.questions.some(({ code }) => code !== "clock") ? undefined : true}
          >
            Not now
          </Button>
          <Button type="submit" color="red" disabled={!sure} loading={command.isPending}>
            {act}
          </Button>
        </DialogFoot>
      </Stack>
    </form>
  );
}
