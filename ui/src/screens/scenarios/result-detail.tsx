import { Alert, Drawer, Group, Text, Title } from "@mantine/core";
import { moment } from "../../format";
import type { ScenarioDetailView, ScenarioStepView } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { Dot } from "../../parts/dot";
import { Fact, Facts } from "../../parts/facts";
import { Note } from "../../parts/note";
import { Pending } from "../../parts/pending";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk } from "../../queries";
import { attemptsWords, outcomes, staleMeaning, stepOutcomes, tookWords } from "../../states/scenario";
import { Frames } from "../chat-lab/inspector";
import { Transcript } from "../chat-lab/transcript";
import { noAnswers } from "../chat-lab/use-answers";
import classes from "./scenarios.module.css";

type Props = { number: number; onClose: () => void };

/** One result: why it ended so, its steps with how long each took, what was said, and the frames around a failure. */
export function ResultDetail({ number, onClose }: Props) {
  const query = useAsk(keys.scenarioResult(number), (core) => core.scenarioResult(number));
  return (
    <Drawer
      opened
      onClose={onClose}
      size={640}
      title={query.data ? <Shown text={query.data.result.scenario} /> : "A result"}
    >
      {query.data ? <Detail {...query.data} /> : <Pending query={query} words="Reading the result" again="Try again" />}
    </Drawer>
  );
}

const nothing = () => undefined;

function Detail({ result, steps, transcript, frames }: ScenarioDetailView) {
  const { outcome, reason, name, conversationId, host, millis, endedAt } = result;
  const { name: words, color, meaning } = outcomes[outcome];
  const attempts = attemptsWords(result);
  return (
    <>
      {reason !== null && outcome !== "passed" && (
        <Alert color={outcome === "failed" ? "red" : outcome === "skipped" ? "gray" : "orange"} mb="sm" title={words}>
          <Text size="sm">
            <Shown text={reason} lines />
          </Text>
        </Alert>
      )}
      <Facts mb="md">
        <Fact name="Outcome">
          <Dot color={color}>{words}</Dot> <Note span>{meaning}</Note>
          {result.stale && <Note warm>Out of date. {staleMeaning}</Note>}
        </Fact>
        {attempts !== null && <Fact name="Attempts">{attempts}</Fact>}
        <Fact name="File">
          <Shown text={name} />
        </Fact>
        <Fact name="Took">
          {tookWords(millis)}, ended {moment(endedAt)}
        </Fact>
        <Fact name="Host">
          <Shown text={host} />
        </Fact>
        {conversationId !== null && (
          <Fact name="Conversation">
            <CopyText text={conversationId} label="Copy the conversation's id" />
          </Fact>
        )}
      </Facts>
      <Heading>Steps</Heading>
      <ol className={`plain-list ${classes.steps}`} aria-label="Steps">
        {steps.map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the steps of one result never change
          <Step key={place} step={step} repeated={result.attempts > 1} />
        ))}
      </ol>
      <Heading>What was said</Heading>
      {transcript.length === 0 ? (
        <Note>Nothing was said.</Note>
      ) : (
        <div className={classes.box}>
          <Transcript
            label="Transcript"
            total={transcript.length}
            dropped={0}
            tail={transcript}
            rowAt={(index) => transcript[index]}
            onVisible={nothing}
            problem={null}
            retry={nothing}
            writable={false}
            answers={noAnswers}
            guest="Guest"
            decide={null}
          />
        </div>
      )}
      {frames.length > 0 && (
        <>
          <Heading>Frames around the failure</Heading>
          <div className={classes.box}>
            <Frames total={frames.length} rowAt={(index) => frames[index]} onVisible={nothing} />
          </div>
        </>
      )}
    </>
  );
}

const Heading = ({ children }: { children: string }) => (
  <Title order={3} fz="sm" mt="md" mb={6}>
    {children}
  </Title>
);

function Step({ step, repeated }: { step: ScenarioStepView; repeated: boolean }) {
  const { text, line, outcome, millis, p50Millis, p95Millis } = step;
  return (
    <li>
      <Note span>{line}</Note>
      <Text
        size="sm"
        ff="monospace"
        fz="xs"
        {...(outcome === null ? { c: "dimmed" } : {})}
        style={{ overflowWrap: "anywhere" }}
      >
        <Shown text={text} lines />
      </Text>
      {outcome === null ? (
        <Note span>not reached</Note>
      ) : (
        <Dot color={stepOutcomes[outcome].color} fz="xs">
          {stepOutcomes[outcome].name}
        </Dot>
      )}
      <Group gap={6} justify="flex-end" wrap="nowrap">
        {repeated && p50Millis !== null && p95Millis !== null ? (
          <Note span title="Half of the attempts took at most this long; 95 of 100 took at most that long.">
            {tookWords(p50Millis)} · {tookWords(p95Millis)}
          </Note>
        ) : (
          millis !== null && <Note span>{tookWords(millis)}</Note>
        )}
      </Group>
    </li>
  );
}
