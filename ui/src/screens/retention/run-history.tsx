import { Button, Table, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { count, moment } from "../../format";
import { Dot } from "../../parts/dot";
import { Note } from "../../parts/note";
import { Section } from "../../parts/section";
import { originWords, runWords } from "../../states/run";
import { outcomeKinds, outcomeMeta } from "./outcomes-meta";
import { shownOf, useRuns } from "./use-runs";

/** Runs listed at once; a daily schedule makes 365 a year. */
const FIRST = 10;

const counted = outcomeKinds.filter((kind) => kind !== "remaining").map((kind) => outcomeMeta[kind]);

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
      <Section title="Runs">
        <Note>None so far. What a run did, guest by guest, stands here with its certificate.</Note>
      </Section>
    );
  }
  const shown = all ? runs : runs.slice(0, FIRST);
  return (
    <Section title="Runs">
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
              {counted.map(({ name }) => (
                <Table.Th key={name} ta="right">
                  {name}
                </Table.Th>
              ))}
              <Table.Th>Verified</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((run) => {
              const { name: state, color, proof } = runWords(run);
              return (
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
                    <Dot color={color}>{state}</Dot>
                  </Table.Td>
                  <Table.Td c="dimmed">
                    {moment(run.startedAt)}, {originWords[run.origin]}
                  </Table.Td>
                  {counted.map(({ name, of }) => (
                    <Table.Td key={name} ta="right">
                      {count(of(run))}
                    </Table.Td>
                  ))}
                  <Table.Td c="dimmed" title={proof.meaning}>
                    {proof.word}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shown.length < runs.length && (
        <Button mt="xs" size="compact-xs" variant="default" onClick={() => setAll(true)}>
          Show all {count(runs.length)}
        </Button>
      )}
    </Section>
  );
}
