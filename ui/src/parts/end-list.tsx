import { Button } from "@mantine/core";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import {
  type HTMLAttributes,
  type ReactNode,
  type RefObject,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
} from "react";
import classes from "./end-list.module.css";

/** Nearer to the end than this, in pixels, is at the end. */
const END = 40;

type Row = { content: ReactNode } & Pick<HTMLAttributes<HTMLLIElement>, "className"> &
  Record<`data-${string}`, unknown>;

type Props = {
  /** What the box that scrolls is called. */
  label: string;
  /** What the list in it is called. */
  list: string;
  className?: string | undefined;
  total: number;
  /** Older rows that are not there any more: those that are keep their place while more go. */
  dropped?: number;
  /** The height of a row before it is drawn, in pixels. */
  estimate: number;
  /** Above the first row and below the last, in pixels. */
  padding?: number;
  /** Which rows are on the screen, so that they are fetched. */
  onVisible: (first: number, last: number) => void;
  /** Whether the last row is on the screen, whenever that changes. */
  onEnd?: ((atEnd: boolean) => void) | undefined;
  /** Whenever this grows, the end is shown: the person has added a row. */
  own?: number;
  /** What the button says that leads to rows which came while a person had scrolled up; no button where it is left out. */
  news?: (count: number) => string;
  /** What the row at this place shows. */
  row: (index: number) => Row;
  /** Said above the first row. */
  children?: ReactNode;
};

/** A long list that is opened at its end and stays there until a person scrolls up. Only what is on the screen is drawn. */
export function EndList({ label, list, className, total, estimate, onVisible, row, children, ...rest }: Props) {
  const { dropped = 0, padding = 0, onEnd, own = 0, news } = rest;
  const rows = total + dropped;
  /** How many rows there were when a person scrolled up; `null` at the end. */
  const [before, setBefore] = useState<number | null>(null);
  const viewport = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => viewport.current,
    getItemKey: (index) => index + dropped,
    estimateSize: () => estimate,
    overscan: 10,
    paddingStart: padding,
    paddingEnd: padding,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? total;
  const last = items.at(-1)?.index ?? total;
  useEffect(() => onVisible(first, last), [onVisible, first, last]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a row of the person's own shows the end again
  useEffect(() => virtualizer.scrollToEnd(), [virtualizer, own]);
  useKeptEnd(viewport, virtualizer, (atEnd) => {
    setBefore((old) => (atEnd ? null : (old ?? rows)));
    onEnd?.(atEnd);
  });
  const came = before === null ? 0 : rows - before;
  function showEnd() {
    // Where the end is on the screen already, nothing scrolls that would tell.
    setBefore(null);
    virtualizer.scrollToEnd();
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
    <section ref={viewport} className={className} tabIndex={0} aria-label={label}>
      {children}
      <ul className={`plain-list ${classes.rows}`} aria-label={list} style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const { content, className: own, ...data } = row(item.index);
          return (
            <li
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              aria-setsize={total}
              aria-posinset={item.index + 1}
              className={`${classes.row} ${own ?? ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
              {...data}
            >
              {content}
            </li>
          );
        })}
      </ul>
      {news && came > 0 && (
        <div className={classes.news}>
          <Button size="compact-xs" radius="xl" onClick={showEnd}>
            {news(came)}
          </Button>
        </div>
      )}
    </section>
  );
}

/** What was at its end stays there when the box becomes smaller: a keyboard that comes up, a field that grows. */
function useKeptEnd(
  viewport: RefObject<HTMLElement | null>,
  virtualizer: Virtualizer<HTMLElement, Element>,
  onLook: (atEnd: boolean) => void,
) {
  const told = useEffectEvent(onLook);
  useEffect(() => {
    const box = viewport.current;
    if (!box) return;
    let wasAtEnd = true;
    const looked = () => {
      wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < END;
      told(wasAtEnd);
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
