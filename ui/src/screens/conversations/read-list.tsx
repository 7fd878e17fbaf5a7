import { IconMessages } from "@tabler/icons-react";
import { type ReactNode, type RefObject, useCallback, useEffect, useState } from "react";
import { countOf, moment } from "../../format";
import type { ChatsQuery } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { EmptyState } from "../../parts/empty-state";
import type { GridHandle } from "../../parts/virtual-grid";
import { ListFoot, type ListSays } from "../guests/list-foot";
import { useChats, useGuestsNamed, useStandings } from "../guests/use-chats";
import { ConversationGrid } from "./conversation-grid";
import { ReadBar } from "./look-bar";

type Props = {
  label: string;
  query: Omit<ChatsQuery, "before">;
  /** What the list is of, in words. */
  words: string;
  empty: { title: string; text: ReactNode };
  selected: string | null;
  grid: RefObject<GridHandle | null>;
  onSays: (says: ListSays) => void;
};

/** So many rows before the end of what is read, older ones are asked for. */
const AHEAD = 10;

/** Conversations that the org's list tells all of: read as a person scrolls, and those on the screen are asked whether they go
 * on. */
export function ReadList({ label, query, words, empty, selected, grid, onSays }: Props) {
  const [visible, setVisible] = useState({ first: 0, last: 0 });
  const onVisible = useCallback((first: number, last: number) => setVisible({ first, last }), []);
  const read = useChats(query);
  const { chats, isWhole, isFetching, more, again, since } = read;
  const rows = chats ?? [];
  const named = useGuestsNamed(rows, visible.first, visible.last);
  const standings = useStandings(rows, visible.first, visible.last, read.reading);

  const search = JSON.stringify(query);
  const [stopped, setStopped] = useState<string | null>(null);
  const isStopped = stopped === search && !isWhole;
  // What only some queues have may lie far back: the list may be read for long, and a person may stop it.
  const isFar = query.queue !== null && !isWhole;

  // Where nothing is left to scroll to, older ones are asked for; also where the newest days have none.
  useEffect(() => {
    if (chats !== undefined && visible.last >= rows.length - AHEAD && !isStopped) more();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: said again when what is said changes
  useEffect(() => {
    const count = `${countOf(rows.length, "conversation")}${isWhole ? "" : " so far"}`;
    onSays({ count: chats === undefined ? " " : count, busy: isFetching, refresh: again });
  }, [chats === undefined, rows.length, isWhole, isFetching, onSays]);

  const problem = read.problem ?? named.problem ?? standings.problem;
  const retry = read.problem !== null ? again : named.problem !== null ? named.retry : standings.retry;
  return (
    <>
      {isFar && (
        <ReadBar
          read={{ count: read.read, since, isFetching }}
          on={{ isStopped, stop: () => setStopped(search), goOn: () => setStopped(null) }}
        />
      )}
      <Answer
        problem={problem}
        onRetry={retry}
        known={chats !== undefined && (rows.length > 0 || isWhole || isStopped)}
        none={rows.length === 0}
        empty={
          isStopped ? null : (
            <EmptyState icon={IconMessages} title={empty.title}>
              {empty.text}
            </EmptyState>
          )
        }
      >
        <ConversationGrid
          label={label}
          rows={rows}
          loading={rows.length === 0 && !isWhole && !isStopped ? 12 : 0}
          guestOf={named.guestOf}
          standingOf={standings.standingOf}
          selected={selected}
          grid={grid}
          onVisible={onVisible}
          resetKey={search}
        />
      </Answer>
      {rows.length > 0 && since !== null && (
        <ListFoot>
          {words}:{" "}
          {isWhole
            ? `all since ${moment(since)} are read.`
            : `read since ${moment(since)}; older ones come as you scroll.`}
        </ListFoot>
      )}
    </>
  );
}
