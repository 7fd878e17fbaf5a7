import { Chip, Group, Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { count, shortId } from "../../format";
import type { OutcomeKind, OutcomeView, RunView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Dot } from "../../parts/dot";
import { FailureNotice } from "../../parts/failure-notice";
import { keys } from "../../queries";
import { outcomeKinds, outcomeMeta } from "./outcomes-meta";
import classes from "./retention.module.css";

/** The core answers with at most this many lines. */
const PAGE = 200;
const ROW = 28;

type Shown = OutcomeKind | "all";

/** What became of every single guest of the plan, and why. */
export function Outcomes({ run }: { run: RunView }) {
  const [shown, setShown] = useState<Shown>("all");
  const current = shown !== "all" && outcomeMeta[shown].of(run) > 0 ? shown : "all";
  return (
    <section aria-label="Outcome per guest">
      <Chip.Group value={current} onChange={(value) => setShown(value as Shown)}>
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
      {current === "all" ? <AllOutcomes run={run} /> : <OutcomesOf key={current} run={run} kind={current} />}
    </section>
  );
}

/** Any line of the plan, fetched where the list is looked at. */
function AllOutcomes({ run }: { run: RunView }) {
  const core = useCore();
  const [rows, setRows] = useState({ first: 0, last: 0 });
  const firstPage = Math.floor(rows.first / PAGE);
  const pages = Array.from({ length: Math.floor(rows.last / PAGE) - firstPage + 1 }, (_, step) => firstPage + step);
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: keys.outcomes(run.run, page * PAGE),
      queryFn: () => core.retentionOutcomes(run.run, page * PAGE, PAGE),
    })),
  });
  const problem = results.find((result) => result.error)?.error;
  if (problem) return <FailureNotice problem={problem} />;
  return (
    <Lines
      total={run.total}
      lineAt={(index) => results[Math.floor(index / PAGE) - firstPage]?.data?.outcomes[index % PAGE]}
      onVisible={(first, last) => setRows((old) => (old.first === first && old.last === last ? old : { first, last }))}
    />
  );
}

/** Lines of one outcome: the list is walked only as far as someone scrolls. */
function OutcomesOf({ run, kind }: { run: RunView; kind: OutcomeKind }) {
  const core = useCore();
  const [wanted, setWanted] = useState(40);
  const walk = useInfiniteQuery({
    queryKey: ["retention", "walk", run.run, kind],
    queryFn: ({ pageParam }) => core.retentionOutcomes(run.run, pageParam, PAGE),
    initialPageParam: 0,
    getNextPageParam: (_last, _pages, offset) => (offset + PAGE < run.total ? offset + PAGE : undefined),
  });
  const lines = walk.data?.pages.flatMap((page) => page.outcomes.filter((line) => line.outcome === kind)) ?? [];
  const { hasNextPage, isFetching, fetchNextPage } = walk;
  const short = lines.length < wanted;

  useEffect(() => {
    if (short && hasNextPage && !isFetching) void fetchNextPage();
  }, [short, hasNextPage, isFetching, fetchNextPage]);

  if (walk.error) return <FailureNotice problem={walk.error} />;
  return (
    <Lines
      total={lines.length}
      lineAt={(index) => lines[index]}
      onVisible={(_first, last) => setWanted((old) => Math.max(old, last + 40))}
    />
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
                  <Text span size="xs" c="dimmed" truncate title={line.why ?? undefined}>
                    {line.why}
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
