import { Text } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import type { ScenarioResultPage, ScenarioResultView, ScenarioRunView, ScenarioTotalsView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { Shown } from "../../parts/shown-text";
import { PAGE, usePages } from "../../parts/use-pages";
import { VirtualGrid } from "../../parts/virtual-grid";
import { keys } from "../../queries";
import { attemptsWords, outcomes, staleMeaning, tookWords, totalsWords } from "../../states/scenario";
import classes from "./scenarios.module.css";

type Props = {
  totals: ScenarioTotalsView;
  last: ScenarioRunView | null;
  /** The number of the opened result. */
  chosen: number | null;
  onChoose: (number: number) => void;
};

/** How the scenarios ended, what failed first. */
export function ResultList({ totals, last, chosen, onChoose }: Props) {
  const core = useCore();
  const pages = usePages<ScenarioResultPage, ScenarioResultView>({
    keyOf: (offset) => keys.scenarioResults(offset),
    fetch: (offset) => core.scenarioResults(offset, PAGE),
    rowsOf: (page) => page.results,
    totalOf: (page) => page.total,
  });
  return (
    <section className={`fill ${classes.results}`} aria-label="Results">
      <Text size="xs" c="dimmed" px="md" py={8} role="status">
        {totalsWords(totals, last)}
      </Text>
      <Answer
        problem={pages.problem}
        onRetry={pages.retry}
        known={pages.total !== undefined}
        none={pages.total === 0}
        empty={
          <EmptyState icon={IconListCheck} title="Nothing was run yet">
            Run all scenarios, or one by the arrow beside it. What failed will stand first here, with its reason.
          </EmptyState>
        }
      >
        <VirtualGrid
          label="Results"
          columns={columns}
          count={pages.total ?? 6}
          rowAt={pages.rowAt}
          rowKey={(row) => String(row.number)}
          selectedKey={chosen === null ? null : String(chosen)}
          onOpen={(row) => onChoose(row.number)}
          onVisible={pages.onVisible}
          place="scenario results"
        />
      </Answer>
    </section>
  );
}

/** Why it ended so, after the word that it is out of date. */
const reasonWords = (row: ScenarioResultView) =>
  [row.stale && "Out of date", row.reason ?? attemptsWords(row)].filter((words) => words).join(": ");

/** How long it took; nothing of what was not run. */
const tookOf = ({ outcome, millis }: ScenarioResultView) =>
  outcome === "skipped" || outcome === "notRun" ? "—" : tookWords(millis);

const columns: ColumnDef<ScenarioResultView>[] = [
  column(
    "outcome",
    "Outcome",
    "84px",
    ({ outcome, stale }) => (
      <span title={stale ? `${outcomes[outcome].meaning} ${staleMeaning}` : outcomes[outcome].meaning}>
        <Dot color={stale ? "gray.5" : outcomes[outcome].color}>{outcomes[outcome].name}</Dot>
      </span>
    ),
    { skeleton: 50 },
  ),
  column("scenario", "Scenario", "minmax(110px, 1fr)", ({ scenario }) => (
    <span style={{ fontWeight: 500 }}>
      <Shown text={scenario} cut />
    </span>
  )),
  column("name", "File", "minmax(80px, 0.7fr)", ({ name }) => <Shown text={name} cut />, {
    dimmed: true,
    skeleton: 50,
  }),
  column("reason", "Reason", "minmax(110px, 1.6fr)", (row) => <Shown text={reasonWords(row)} cut />, {
    dimmed: true,
    skeleton: 70,
  }),
  column("millis", "Took", "54px", (row) => tookOf(row), { align: "end", dimmed: true, skeleton: 40 }),
];
