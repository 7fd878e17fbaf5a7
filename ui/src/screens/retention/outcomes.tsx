import { Chip, Group, Skeleton, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { count, shortId } from "../../format";
import type { OutcomeKind, OutcomePage, OutcomeView, RunView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { Dot } from "../../parts/dot";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { PAGE, usePages } from "../../parts/use-pages";
import { keys } from "../../queries";
import { outcomeKinds, outcomeMeta } from "./outcomes-meta";
import classes from "./retention.module.css";

const ROW = 28;

type Choice = OutcomeKind | "all";

/** What became of every single guest of the plan, and why. */
export function Outcomes({ run }: { run: RunView }) {
  const [picked, setPicked] = useState<Choice>("all");
  const current = picked !== "all" && outcomeMeta[picked].of(run) > 0 ? picked : "all";
  return (
    <section aria-label="Outcome per guest">
      <Chip.Group value={current} onChange={(value) => setPicked(value as Choice)}>
        <Group gap={6} my="sm">
          <Chip
            size="xs"
            radius="sm"
            variant="light"
            icon={null}
            classNames={{ iconWrapper: classes.noIcon }}
            value="all"
          >
            All <b>{count(run.total)}</b>
          </Chip>
          {outcomeKinds.map((kind) => (
            <Chip
              key={kind}
              size="xs"
              radius="sm"
              variant="light"
              icon={null}
              classNames={{ iconWrapper: classes.noIcon }}
              value={kind}
              disabled={outcomeMeta[kind].of(run) === 0}
            >
              <Dot color={outcomeMeta[kind].color} fz="xs">
                {outcomeMeta[kind].name} <b>{count(outcomeMeta[kind].of(run))}</b>
              </Dot>
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <OutcomesOf key={current} run={run} kind={current === "all" ? null : current} />
    </section>
  );
}

/** The lines of the plan, or those of one outcome; only what is on the screen is read. */
function OutcomesOf({ run, kind }: { run: RunView; kind: OutcomeKind | null }) {
  const core = useCore();
  const { total, rowAt, onVisible, problem, retry } = usePages<OutcomePage, OutcomeView>({
    keyOf: (offset) => keys.outcomes(run.run, kind, offset),
    fetch: (offset) => core.retentionOutcomes(run.run, offset, PAGE, kind),
    rowsOf: (page) => page.outcomes,
    totalOf: (page) => page.total,
    at: outcomeKinds.map((each) => outcomeMeta[each].of(run)).join(" "),
  });
  const counted = kind === null ? run.total : outcomeMeta[kind].of(run);
  return (
    <Answer
      problem={problem}
      onRetry={retry}
      known={total !== undefined}
      none={total === 0}
      empty={
        <Text size="xs" c="dimmed">
          No guest of the plan has this outcome.
        </Text>
      }
    >
      <Lines total={total ?? Math.min(counted, PAGE)} lineAt={rowAt} onVisible={onVisible} />
    </Answer>
  );
}

type LinesProps = {
  total: number;
  lineAt: (index: number) => OutcomeView | undefined;
  onVisible: (first: number, last: number) => void;
};

function Lines({ total, lineAt, onVisible }: LinesProps) {
  const viewport = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW,
    overscan: 6,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told only when the window of lines moves
  useEffect(() => onVisible(first, last), [first, last]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
    <section ref={viewport} className={classes.outcomes} tabIndex={0} aria-label="Lines of the plan">
      <ul
        className="plain-list"
        aria-label="Outcomes"
        style={{ height: virtualizer.getTotalSize(), position: "relative" }}
      >
        {items.map((item) => {
          const line = lineAt(item.index);
          return (
            <li
              key={item.index}
              className={classes.outcome}
              data-outcome={line?.outcome}
              style={{ height: ROW, transform: `translateY(${item.start}px)` }}
            >
              {line ? (
                <>
                  <Text span ff="monospace" size="xs" title={line.guestId}>
                    {shortId(line.guestId)}
                  </Text>
                  <Dot color={outcomeMeta[line.outcome].color} fz="xs">
                    {outcomeMeta[line.outcome].name}
                  </Dot>
                  <Text span size="xs" c="dimmed" truncate title={line.why === null ? undefined : shown(line.why)}>
                    <Shown text={line.why ?? ""} />
                  </Text>
                </>
              ) : (
                <Skeleton h={10} w={220} />
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
