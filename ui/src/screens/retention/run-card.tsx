import { Box, Button, Group, Paper, Progress, RingProgress, Text, Title } from "@mantine/core";
import {
  IconCertificate,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconShieldCheck,
  IconShieldX,
} from "@tabler/icons-react";
import { count, countOf, moment } from "../../format";
import type { RunView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { asSentence } from "../../parts/failure-words";
import { Shown } from "../../parts/shown-text";
import { useCommand, useReadOnly } from "../../queries";
import { go, retentionHref, screenHref, useRoute } from "../../routes";
import { originWords, type Proof, runWords } from "../../states/run";
import { CancelRun } from "./cancel-run";
import { Outcomes } from "./outcomes";
import { outcomeKinds, outcomeMeta } from "./outcomes-meta";
import { RunPace } from "./run-pace";
import { shownOf, useRuns } from "./use-runs";

type CurrentProps = {
  /** Picked from the history. */
  chosen: string | null;
  /** A plan that no run has used yet is shown instead of a run that is over. */
  planWaits: boolean;
  onCertificate: (run: string) => void;
};

/** The run that goes on, or the one that was picked. */
export function CurrentRun({ chosen, planWaits, onCertificate }: CurrentProps) {
  const readOnly = useReadOnly();
  const { runs, known, problem, retry } = useRuns();
  const shown = shownOf(runs, chosen, planWaits);
  return (
    <Answer problem={problem} onRetry={retry} known={known} none={runs.length === 0} empty={null}>
      {shown && <RunCard run={shown} readOnly={readOnly} onCertificate={onCertificate} />}
    </Answer>
  );
}

type Props = { run: RunView; readOnly: boolean; onCertificate: (run: string) => void };

/** How far a run is, what it did so far, and the buttons that pause, resume and cancel it. */
function RunCard({ run, readOnly, onCertificate }: Props) {
  const stale = { stale: ["retention" as const] };
  const pause = useCommand((core) => core.retentionPause(run.run), stale);
  const resume = useCommand((core) => core.retentionResume(run.run), stale);
  const { part } = useRoute();
  const { name, color, proof, over, resumable } = runWords(run);
  const cancellable = !readOnly && (run.state === "running" || resumable);
  const done = run.total - run.remaining;
  const share = run.total === 0 ? 100 : Math.floor((done / run.total) * 100);

  return (
    <Paper p="md" component="section" aria-label={`Run ${run.run}`} data-run-state={run.state}>
      <Group justify="space-between" wrap="nowrap">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <RingProgress
            size={54}
            thickness={5}
            roundCaps
            sections={[{ value: share, color }]}
            label={
              <Text ta="center" size="xs" fw={600}>
                {share}%
              </Text>
            }
            aria-hidden
          />
          <Box miw={0}>
            <Title order={2} fz="sm">
              Run {run.run} · {name.toLowerCase()}
            </Title>
            <Text size="xs" c="dimmed" role="status">
              {progressWords(run)}
            </Text>
            {run.why && (
              <Text size="xs" c={run.state === "failed" ? "var(--ink-minus)" : "var(--ink-warm)"}>
                <Shown text={asSentence(run.why)} />
              </Text>
            )}
          </Box>
        </Group>
        {!readOnly && (
          <Group gap="xs" wrap="nowrap" flex="none">
            {run.state === "running" && (
              <Button
                variant="default"
                loading={pause.isPending}
                leftSection={<IconPlayerPause size={13} aria-hidden />}
                onClick={() => pause.mutate()}
              >
                Pause
              </Button>
            )}
            {resumable && (
              <Button
                loading={resume.isPending}
                leftSection={<IconPlayerPlay size={13} aria-hidden />}
                onClick={() => resume.mutate()}
              >
                Resume
              </Button>
            )}
            {cancellable && (
              <Button
                variant="light"
                color="red"
                leftSection={<IconPlayerStop size={13} aria-hidden />}
                onClick={() => go(retentionHref("cancel"))}
              >
                Cancel run…
              </Button>
            )}
          </Group>
        )}
        {(over || run.state === "failed") && (
          <Group gap="sm" wrap="nowrap" flex="none">
            <Verified proof={proof} />
            <Button
              variant="default"
              leftSection={<IconCertificate size={14} aria-hidden />}
              onClick={() => onCertificate(run.run)}
            >
              Certificate
            </Button>
          </Group>
        )}
      </Group>
      <Progress.Root size={8} mt="sm" aria-hidden>
        {outcomeKinds
          .filter((kind) => kind !== "remaining" && outcomeMeta[kind].of(run) > 0)
          .map((kind) => (
            <Progress.Section
              key={kind}
              value={(outcomeMeta[kind].of(run) / Math.max(1, run.total)) * 100}
              color={outcomeMeta[kind].color}
              withAria={false}
            />
          ))}
      </Progress.Root>
      {(run.state === "running" || resumable) && (
        <Group gap="sm" mt="xs">
          {!readOnly && run.state === "running" && <RunPace run={run} />}
          {run.capped !== null && (
            <Text size="xs" c="dimmed">
              Stops after {countOf(run.capped, "guest")}; the rest waits for the next run or a resume.
            </Text>
          )}
        </Group>
      )}
      <Outcomes run={run} />
      {part === "cancel" && cancellable && <CancelRun run={run} onClose={() => go(screenHref("retention"))} />}
    </Paper>
  );
}

function progressWords(run: RunView): string {
  return [
    `${count(run.total - run.remaining)} of ${count(run.total)}`,
    `started ${originWords[run.origin]} ${moment(run.startedAt)}`,
    ...runWords(run).details,
    `plan ${run.plan.slice(0, 8)}`,
  ].join(" · ");
}

function Verified({ proof }: { proof: Proof }) {
  if (proof.holds === null) return null;
  const Glyph = proof.holds ? IconShieldCheck : IconShieldX;
  return (
    <Group gap={6} wrap="nowrap" flex="none" c={proof.holds ? "var(--ink-plus)" : "var(--ink-minus)"}>
      <Glyph size={18} aria-hidden />
      <Box maw={230}>
        <Text size="xs" fw={600}>
          {proof.title}
        </Text>
        <Text size="xs" c="dimmed">
          {proof.meaning}
        </Text>
      </Box>
    </Group>
  );
}
