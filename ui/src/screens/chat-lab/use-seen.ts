import { useEffect, useRef, useState } from "react";
import type { LabChatView } from "../../ipc/bindings";
import { usePlace } from "../../places";

/** By chat: how many of its replies a person has seen. */
type Seen = Record<string, number>;

const NONE: Seen = {};

/** How many replies of a chat nobody has seen yet. */
export function useUnread({ id, replies }: LabChatView): number {
  const [seen] = usePlace<Seen>("lab seen", NONE);
  return Math.max(0, replies - (seen[id] ?? 0));
}

/** Replies count as seen while the column is on the screen, at the end of its transcript, in a window that is in sight. */
export function useSeen({ id, replies }: LabChatView) {
  const [, setSeen] = usePlace<Seen>("lab seen", NONE);
  const column = useRef<HTMLElement>(null);
  const [inView, setInView] = useState(true);
  const [atEnd, setAtEnd] = useState(true);
  const [inSight, setInSight] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setInSight(!document.hidden);
    document.addEventListener("visibilitychange", look);
    const observer = new IntersectionObserver(([entry]) => entry && setInView(entry.isIntersecting), {
      threshold: 0.5,
    });
    if (column.current) observer.observe(column.current);
    return () => {
      document.removeEventListener("visibilitychange", look);
      observer.disconnect();
    };
  }, []);
  const sees = inView && atEnd && inSight;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the setter of a place is another one each time
  useEffect(() => {
    if (sees) setSeen((old) => (old[id] === replies ? old : { ...old, [id]: replies }));
  }, [sees, id, replies]);
  return { column, onEnd: setAtEnd };
}
