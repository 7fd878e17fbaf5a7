import { Alert, Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { count } from "../../format";
import type { ConnectionKind, PlanView, RunAnswers, RunQuestion, RunQuestionCode } from "../../ipc/bindings";
import { wholeOf } from "../../parts/numbers";
import { useLimits } from "../../queries";

/** Whether exactly this count was typed, with or without its commas. */
export const isTyped = (typed: string, count: number) => wholeOf(typed) === count;

/** The questions of the core; where a plan is large and the org real, the count is asked for in any case. */
function questionsOf(plan: PlanView, kind: ConnectionKind | undefined, confirmOver: number): RunQuestion[] {
  const asked = plan.questions.some(({ code }) => code === "count");
  if (asked || kind !== "production" || plan.due <= confirmOver) return plan.questions;
  return [{ code: "count", message: `${count(plan.due)} production guests would be deleted.` }, ...plan.questions];
}

/** A person's answers; what was typed for one plan is no answer for another. */
export function useAnswers(plan: PlanView, kind: ConnectionKind | undefined) {
  const { confirmOver } = useLimits();
  const questions = questionsOf(plan, kind, confirmOver);
  const [given, setGiven] = useState({ plan: plan.plan, count: "", unusual: "", clock: false });
  const said = given.plan === plan.plan ? given : { plan: plan.plan, count: "", unusual: "", clock: false };
  const isAnswered = (code: RunQuestionCode) => (code === "clock" ? said.clock : isTyped(said[code], plan.due));
  const answers: RunAnswers = { confirmed: null, clockConfirmed: false, unusualConfirmed: null };
  for (const { code } of questions) {
    if (!isAnswered(code)) continue;
    if (code === "count") answers.confirmed = plan.due;
    if (code === "unusual") answers.unusualConfirmed = plan.due;
    if (code === "clock") answers.clockConfirmed = true;
  }
  return {
    questions,
    said,
    say: (part: Partial<typeof said>) => setGiven({ ...said, ...part }),
    sure: questions.every(({ code }) => isAnswered(code)),
    answers,
  };
}

type Props = { plan: PlanView; given: ReturnType<typeof useAnswers> };

/** Every open question with an answer of its own. */
export function RunQuestions({ plan, given: { questions, said, say } }: Props) {
  const due = count(plan.due);
  return (
    <Stack gap="xs">
      {questions.map(({ code, message }) => (
        <Alert key={code} color="orange" p="sm" role="group" aria-label={message}>
          <Text size="sm" mb={6}>
            {message}
          </Text>
          {code === "clock" ? (
            <Checkbox
              size="sm"
              label="I have looked at the clock: the plan is meant as it is"
              checked={said.clock}
              onChange={(event) => say({ clock: event.currentTarget.checked })}
            />
          ) : (
            <TextInput
              label={`${code === "count" ? "This is production" : "Far more than usual"}. Type ${due} to go on`}
              value={said[code]}
              onChange={(event) => say({ [code]: event.currentTarget.value })}
              inputMode="numeric"
              autoComplete="off"
              // The first of several has the cursor.
              data-autofocus={code === questions.find((other) => other.code !== "clock")?.code || undefined}
            />
          )}
        </Alert>
      ))}
    </Stack>
  );
}
