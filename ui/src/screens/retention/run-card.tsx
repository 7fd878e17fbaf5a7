import { Box, Button, type ButtonProps, Group, Paper, Progress, RingProgress, Text, Title } from "@mantine/core";
import {
  type Icon,
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
import { Note } from "../../parts/note";
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
  const { runs, known, problem, retry } = useRuns();
  const shown = shownOf(runs, chosen, planWaits);
  return (
    <Answer problem={problem} onRetry={retry} known={known} none={runs.length === 0} empty={null}>
      {shown && <RunCard run={shown} onCertificate={onCertificate} />}
    </Answer>
  );
}

type Props = { run: RunView; onCertificate: (run: string) => void };

/** How far a run is, what it did so far, and the buttons that pause, resume and cancel it. */
function RunCard({ run, onCertificate }: Props) {
  const readOnly = useReadOnly();
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
            <Note role="status">{progressWords(run)}</Note>
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
              <Act icon={IconPlayerPause} variant="default" loading={pause.isPending} onClick={() => pause.mutate()}>
                Pause
              </Act>
            )}
            {resumable && (
              <Act icon={IconPlayerPlay} loading={resume.isPending} onClick={() => resume.mutate()}>
                Resume
              </Act>
            )}
            {cancellable && (
              <Act icon={IconPlayerStop} variant="light" color="red" onClick={() => go(retentionHref("cancel"))}>
                Cancel run…
              </Act>
            )}
          </Group>
        )}
        {(over || run.state === "failed") && (
          <Group gap="sm" wrap="nowrap" flex="none">
            <Verified proof={proof} />
            <Act icon={IconCertificate} variant="default" onClick={() => onCertificate(run.run)}>
              Certificate
            </Act>
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
            <Note>Stops after {countOf(run.capped, "guest")}; the rest waits for the next run or a resume.</Note>
          )}
        </Group>
      )}
      <Outcomes run={run} />
      {part === "cancel" && cancellable && <CancelRun run={run} onClose={() => go(screenHref("retention"))} />}
    </Paper>
  );
}

type ActProps = ButtonProps & { icon: Icon; onClick: () => void };

const Act = ({ icon: Glyph, ...rest }: ActProps) => <Button leftSection={<Glyph size={13} aria-hidden />} {...rest} />;

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
        <Note>{proof.meaning}</Note>
      </Box>
    </Group>
  );
}
