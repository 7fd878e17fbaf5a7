import { Button, Paper, Table, Text, Title, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { count, moment } from "../../format";
import { Dot } from "../../parts/dot";
import { runWords } from "../../states/run";
import { shownOf, useRuns } from "./use-runs";

/** Runs listed at once; a daily schedule makes 365 a year. */
const FIRST = 10;

type Props = { chosen: string | null; planWaits: boolean; onChoose: (run: string) => void };

/** All runs of this connection; the one that is shown above is marked. */
export function RunHistory({ chosen, planWaits, onChoose }: Props) {
  const { runs, known, problem } = useRuns();
  const shownAbove = shownOf(runs, chosen, planWaits)?.run;
  const [all, setAll] = useState(false);
  // A failure is told at the run above; here it must not look as if there were none.
  if (!known || (runs.length === 0 && problem !== null)) return null;
  if (runs.length === 0) {
    return (
      <Paper p="md" component="section" aria-labelledby="history">
        <Title order={2} id="history" fz="sm" mb={4}>
          Runs
        </Title>
        <Text size="xs" c="dimmed">
          None so far. What a run did, guest by guest, stands here with its certificate.
        </Text>
      </Paper>
    );
  }
  const shown = all ? runs : runs.slice(0, FIRST);
  return (
    <Paper p="md" component="section" aria-labelledby="history">
      <Title order={2} id="history" fz="sm" mb={4}>
        Runs
      </Title>
      <Table.ScrollContainer
        minWidth={620}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": "List of runs" } }}
      >
        <Table verticalSpacing={6} horizontalSpacing={8} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th ta="right">Deleted</Table.Th>
              <Table.Th ta="right">Already gone</Table.Th>
              <Table.Th ta="right">Spared</Table.Th>
              <Table.Th ta="right">Failed</Table.Th>
              <Table.Th>Verified</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((run) => (
              <Table.Tr key={run.run} bg={run.run === shownAbove ? "var(--ink-selected)" : undefined}>
                <Table.Td>
                  <UnstyledButton
                    fz="sm"
                    td="underline"
                    aria-label={`Show run ${run.run}`}
                    onClick={() => onChoose(run.run)}
                  >
                    {run.run}
                  </UnstyledButton>
                </Table.Td>
                <Table.Td>
                  <Dot color={runWords(run).color}>{runWords(run).name}</Dot>
                </Table.Td>
                <Table.Td c="dimmed">
                  {moment(run.startedAt)}, {run.origin === "hand" ? "by hand" : "by schedule"}
                </Table.Td>
                <Table.Td ta="right">{count(run.deleted)}</Table.Td>
                <Table.Td ta="right">{count(run.alreadyGone)}</Table.Td>
                <Table.Td ta="right">{count(run.spared)}</Table.Td>
                <Table.Td ta="right">{count(run.failed)}</Table.Td>
                <Table.Td c="dimmed" title={runWords(run).proof.meaning}>
                  {runWords(run).proof.word}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {runs.length > FIRST && !all && (
        <Button mt="xs" size="compact-xs" variant="default" onClick={() => setAll(true)}>
          <Text span size="xs">
            Show all {count(runs.length)}
          </Text>
        </Button>
      )}
    </Paper>
  );
}
