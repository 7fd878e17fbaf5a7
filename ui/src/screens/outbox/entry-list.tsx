import { Box, Skeleton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { EntryPage, EntryQuery, EntryView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { useGuestWords } from "../../parts/known-name";
import { PAGE, usePages } from "../../parts/use-pages";
import { keys, useReadOnly } from "../../queries";
import { useEntryCommands } from "./entry-commands";
import { EntryRow } from "./entry-row";
import classes from "./outbox.module.css";

const ROW = 52;
/** An opened text is at most this much taller; a longer one scrolls. */
const OPENED = 240;

type Props = {
  query: EntryQuery;
  onEdit: (entry: EntryView) => void;
  /** Shown when there is none. */
  empty: ReactNode;
};

/** The entries that were asked for, by conversation and order; only those on the screen are read and drawn. */
export function EntryList({ query, onEdit, empty }: Props) {
  const core = useCore();
  const viewport = useRef<HTMLElement>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const readOnly = useReadOnly();
  const words = useGuestWords();
  const { commands, underWay, question } = useEntryCommands(onEdit);
  const toggle = useCallback(({ id }: EntryView) => setOpened((old) => (old === id ? null : id)), []);
  const pages = usePages<EntryPage, EntryView>({
    keyOf: (offset) => keys.outboxEntries(query, offset),
    fetch: (offset) => core.outboxPage(query, offset, PAGE),
    rowsOf: (page) => page.entries,
    totalOf: (page) => page.total,
  });
  const { rowAt, onVisible, total = 0 } = pages;
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => viewport.current,
    estimateSize: (index) => {
      const entry = rowAt(index);
      return entry && entry.id === opened ? ROW + heightOf(entry.text) : ROW;
    },
    overscan: 6,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onVisible(first, last), [onVisible, first, last]);

  // The place of the opened one changes with every delivery before it.
  const place = items.find((item) => rowAt(item.index)?.id === opened)?.index;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row is taller now
  useEffect(() => virtualizer.measure(), [opened, place]);

  const damaged = new Set(pages.loaded.flatMap((page) => page.damaged));
  const alone = query.conversationId !== null;
  return (
    <Answer
      problem={pages.problem}
      onRetry={pages.retry}
      known={pages.total !== undefined}
      none={pages.total === 0}
      empty={empty}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard */}
      <section ref={viewport} className="scroll" tabIndex={0} aria-label="Messages">
        {pages.total === undefined && (
          <Box p="md" aria-busy="true">
            {[70, 60, 75, 50].map((width) => (
              <Skeleton key={width} h={14} w={`${width}%`} my={20} />
            ))}
          </Box>
        )}
        <ul
          aria-label="Messages not yet delivered"
          className="plain-list"
          style={{ height: virtualizer.getTotalSize(), position: "relative" }}
        >
          {items.map((item) => {
            const entry = rowAt(item.index);
            const sameAsBefore =
              item.index !== first && rowAt(item.index - 1)?.conversationId === entry?.conversationId;
            return (
              <li
                key={entry?.id ?? item.index}
                aria-setsize={total}
                aria-posinset={item.index + 1}
                className={classes.entry}
                data-state={entry?.state}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {entry ? (
                  <EntryRow
                    entry={entry}
                    headed={alone ? "alone" : sameAsBefore ? "unnamed" : "named"}
                    guest={words(entry.guestId, entry.conversationId)}
                    damaged={damaged.has(entry.id)}
                    open={opened === entry.id}
                    onToggle={toggle}
                    commands={commands}
                    busy={underWay.has(entry.id)}
                    readOnly={readOnly}
                  />
                ) : (
                  <Skeleton h={12} w="60%" m={20} />
                )}
              </li>
            );
          })}
        </ul>
      </section>
      {question}
    </Answer>
  );
}

/** About how much room the whole text takes; it need not be exact, the rest scrolls. */
function heightOf(text: string): number {
  const lines = text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 48)), 0);
  return Math.min(OPENED, Math.max(0, lines - 1) * 20 + 8);
}
