import { Skeleton, Stack, Text } from "@mantine/core";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useRef } from "react";
import { countOf } from "../../format";
import type { LabAnswer, LabRowView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { Note } from "../../parts/note";
import { Bubble } from "./bubble";
import classes from "./chat-lab.module.css";
import { lastOwnOf, placeOf } from "./transcript-rows";
import type { MessageDecisions } from "./use-message-decisions";

/** Nearer to the end than this, in pixels, is at the end. */
const END = 40;

/** What was at its end stays there when the box becomes smaller: a keyboard that comes up, a field that grows. */
function useKeptEnd(viewport: RefObject<HTMLElement | null>, virtualizer: Virtualizer<HTMLElement, Element>) {
  useEffect(() => {
    const box = viewport.current;
    if (!box) return;
    let wasAtEnd = true;
    const looked = () => {
      wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < END;
    };
    const resized = new ResizeObserver(() => wasAtEnd && virtualizer.scrollToEnd());
    box.addEventListener("scroll", looked, { passive: true });
    resized.observe(box);
    return () => {
      box.removeEventListener("scroll", looked);
      resized.disconnect();
    };
  }, [viewport, virtualizer]);
}

type Props = {
  /** What the transcript is called. */
  label: string;
  /** `undefined` before the first answer. */
  total: number | undefined;
  /** Older lines that are not kept here any more. */
  dropped: number;
  /** The last lines; `null` before the first answer. */
  tail: LabRowView[] | null;
  rowAt: (index: number) => LabRowView | undefined;
  onVisible: (first: number, last: number) => void;
  problem: unknown;
  retry: () => void;
  /** The guest can write now, so that what is offered can be answered. */
  writable: boolean;
  onAnswer: (answer: LabAnswer) => void;
  /** What a person decides about a message that is not delivered; `null` where nothing can be decided. */
  decide: MessageDecisions | null;
};

/** What was written in a chat, oldest first; it stays at its end until a person scrolls up. Only what is on the screen is drawn. */
export function Transcript(props: Props) {
  const { label, total = 0, dropped, tail, rowAt, onVisible, problem, retry, writable, onAnswer, decide } = props;
  const viewport = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => viewport.current,
    // The same line keeps its key while older ones are dropped.
    getItemKey: (index) => index + dropped,
    estimateSize: () => 52,
    overscan: 10,
    paddingStart: 8,
    paddingEnd: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? total;
  const last = items.at(-1)?.index ?? total;
  useEffect(() => onVisible(first, last), [onVisible, first, last]);

  useKeptEnd(viewport, virtualizer);
  const known = tail !== null;
  // A chat is opened at its end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when its lines are there
  useEffect(() => {
    if (known) virtualizer.scrollToEnd();
  }, [known]);

  const lastOwn = tail === null ? null : lastOwnOf(tail);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
    <section ref={viewport} className={classes.transcript} tabIndex={0} aria-label={label}>
      <Answer problem={problem} onRetry={retry} known={known} none={false} empty={null}>
        {tail === null ? (
          <Stack gap="sm" py="sm" aria-busy="true">
            <Skeleton h={32} w="60%" />
            <Skeleton h={32} w="45%" ml="auto" />
          </Stack>
        ) : (
          <>
            {total === 0 && (
              <Text size="sm" c="dimmed" ta="center" py="xl">
                Nothing written yet. Write as the guest below.
              </Text>
            )}
            {dropped > 0 && (
              <Note ta="center" pt="sm">
                {countOf(dropped, "older line")} not kept here; the org still has the messages.
              </Note>
            )}
            <ul
              className={`plain-list ${classes.rows}`}
              aria-label="Messages"
              style={{ height: virtualizer.getTotalSize() }}
            >
              {items.map((item) => {
                const row = rowAt(item.index);
                return (
                  <li
                    key={item.key}
                    ref={virtualizer.measureElement}
                    data-index={item.index}
                    aria-setsize={total}
                    aria-posinset={item.index + 1}
                    className={classes.row}
                    data-kind={row?.kind}
                    data-delivery={row?.delivery ?? undefined}
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    {row === undefined ? (
                      <Skeleton h={28} w="50%" />
                    ) : (
                      <Bubble
                        row={row}
                        place={placeOf(row, rowAt(item.index - 1), lastOwn)}
                        writable={writable}
                        onAnswer={onAnswer}
                        decide={decide}
                      />
                    )}
                  </li>
                );
              })}
            </ul>
          </>
        )}
      </Answer>
    </section>
  );
}
