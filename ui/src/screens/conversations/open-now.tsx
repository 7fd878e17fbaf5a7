import type { RefObject } from "react";
import type { GridHandle } from "../../parts/virtual-grid";
import { type ListSays, MOST_DAYS } from "../guests/list-foot";
import { LookedList } from "./looked-list";

type Props = { selected: string | null; grid: RefObject<GridHandle | null>; onSays: (says: ListSays) => void };

const question = { days: MOST_DAYS, guest: null, end: "without", queue: null } as const;

/** The conversations of which no end is known, each asked whether it goes on and who wrote last. */
export const OpenNow = (props: Props) => (
  <LookedList
    label="Open conversations"
    query={question}
    wanted={null}
    words="Without an end"
    empty={{
      title: "No conversation is open",
      text: `Every conversation of web messaging that began in the last ${MOST_DAYS} days has ended. Older ones are not looked for.`,
    }}
    {...props}
  />
);
