import { Chip, Group, Text } from "@mantine/core";
import { useState } from "react";
import { count, shortId } from "../../format";
import type { OutcomeKind, OutcomePage, OutcomeView, RunView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { Dot } from "../../parts/dot";
import { Note } from "../../parts/note";
import { Shown } from "../../parts/shown-text";
import { PAGE, usePages } from "../../parts/use-pages";
import { VirtualGrid } from "../../parts/virtual-grid";
import { keys } from "../../queries";
import { outcomeKinds, outcomeMeta } from "./outcomes-meta";
import classes from "./retention.module.css";

type Choice = OutcomeKind | "all";

/** What became of every single guest of the plan, and why. */
export function Outcomes({ run }: { run: RunView }) {
  const [picked, setPicked] = useState<Choice>("all");
  const countOfKind = (kind: Choice) => (kind === "all" ? run.total : outcomeMeta[kind].of(run));
  const current = countOfKind(picked) > 0 ? picked : "all";
  return (
    <section aria-label="Outcome per guest">
      <Chip.Group value={current} onChange={(value) => setPicked(value as Choice)}>
        <Group gap={6} my="sm">
          {(["all", ...outcomeKinds] as const).map((kind) => (
            <Chip
              key={kind}
              size="xs"
              radius="sm"
              variant="light"
              icon={null}
              classNames={{ iconWrapper: classes.noIcon }}
              value={kind}
              disabled={kind !== "all" && countOfKind(kind) === 0}
            >
              {kind === "all" ? "All " : <OutcomeName kind={kind} />} <b>{count(countOfKind(kind))}</b>
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <OutcomesOf key={current} run={run} kind={current === "all" ? null : current} counted={countOfKind(current)} />
    </section>
  );
}

const OutcomeName = ({ kind }: { kind: OutcomeKind }) => (
  <Dot color={outcomeMeta[kind].color} fz="xs">
    {outcomeMeta[kind].name}
  </Dot>
);

type OfProps = { run: RunView; kind: OutcomeKind | null; counted: number };

/** The lines of the plan, or those of one outcome; only what is on the screen is read. */
function OutcomesOf({ run, kind, counted }: OfProps) {
  const core = useCore();
  const { total, rowAt, onVisible, problem, retry } = usePages<OutcomePage, OutcomeView>({
    keyOf: (offset) => keys.outcomes(run.run, kind, offset),
    fetch: (offset) => core.retentionOutcomes(run.run, offset, PAGE, kind),
    rowsOf: (page) => page.outcomes,
    totalOf: (page) => page.total,
    at: outcomeKinds.map((each) => outcomeMeta[each].of(run)).join(" "),
  });
  return (
    <Answer
      problem={problem}
      onRetry={retry}
      known={total !== undefined}
      none={total === 0}
      empty={<Note>No guest of the plan has this outcome.</Note>}
    >
      <div className={classes.outcomes}>
        <VirtualGrid
          label="Outcomes"
          columns={columns}
          count={total ?? Math.min(counted, PAGE)}
          rowAt={rowAt}
          rowKey={(line) => line.guestId}
          onVisible={onVisible}
        />
      </div>
    </Answer>
  );
}

const columns = [
  column<OutcomeView>("guest", "Guest", "96px", (line) => (
    <Text span ff="monospace" size="xs" title={line.guestId}>
      {shortId(line.guestId)}
    </Text>
  )),
  column<OutcomeView>("outcome", "Outcome", "120px", (line) => (
    <span data-outcome={line.outcome}>
      <OutcomeName kind={line.outcome} />
    </span>
  )),
  column<OutcomeView>("why", "Why", "minmax(0, 1fr)", (line) => <Shown text={line.why ?? ""} cut />, { dimmed: true }),
];
