import { IconMessages } from "@tabler/icons-react";
import { type ReactNode, type RefObject, useCallback, useEffect, useMemo, useState } from "react";
import { count, countOf, moment } from "../../format";
import type { ChatsQuery, ChatsWanted, ChatView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { EmptyState } from "../../parts/empty-state";
import type { GridHandle } from "../../parts/virtual-grid";
import { ListFoot, type ListSays } from "../guests/list-foot";
import { unasked, useChats, useGuestsNamed } from "../guests/use-chats";
import { ConversationGrid } from "./conversation-grid";
import { LookBar, OldRows } from "./look-bar";
import { useLook } from "./use-look";
import { useReadOn } from "./use-read-on";

type Props = {
  label: string;
  query: Omit<ChatsQuery, "before">;
  /** Which of the list are meant; all of them where it is `null`, and then each is asked how it stands. */
  wanted: ChatsWanted | null;
  /** What the list is of, in words. */
  words: string;
  empty: { title: string; text: ReactNode };
  selected: string | null;
  grid: RefObject<GridHandle | null>;
  onSays: (says: ListSays) => void;
};

/** Conversations of which only each can tell what is looked for: the list is read to its end, and then they are asked. */
export function LookedList({ label, query, wanted, words, empty, selected, grid, onSays }: Props) {
  const [visible, setVisible] = useState({ first: 0, last: 0 });
  const onVisible = useCallback((first: number, last: number) => setVisible({ first, last }), []);
  const search = JSON.stringify({ query, wanted });
  const read = useChats(query);
  const on = useReadOn(read, search);
  const { chats, reading } = read;
  const ids = useMemo(() => (on.isEnough ? (chats?.map(({ id }) => id) ?? null) : null), [on.isEnough, chats]);
  const each = wanted === null ? 1 : Number(wanted.state !== null) + Number(wanted.attribute !== null);
  const look = useLook({
    search,
    reading,
    ids,
    each,
    ask: (core, some) => (wanted === null ? core.chatStates(some) : core.chatsMatching(some, wanted)),
  });
  const rows = (chats ?? []).filter(({ id }) => wanted === null || Boolean(look.standingOf(id)));
  const named = useGuestsNamed(rows, visible.first, visible.last);
  const standingOf = (chat: ChatView) => look.standingOf(chat.id) ?? unasked(chat);

  const [is, kinds] = [look.stage, rows.map((chat) => standingOf(chat).state)];
  const open = kinds.filter((state) => state === "open").length;
  const unclear = kinds.filter((state) => state === "unclear").length;
  const told =
    wanted !== null
      ? `${count(rows.length)} found${is === "done" ? "" : " so far"}`
      : is === "done"
        ? `${count(open)} open · ${count(unclear)} unclear`
        : `${count(rows.length)} without an end`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: said again when what is said changes
  useEffect(() => {
    onSays({
      count: chats === undefined ? " " : told,
      busy: read.isFetching || is === "looks",
      refresh: read.again,
    });
  }, [chats === undefined, told, read.isFetching, is, onSays]);

  const problem = read.problem ?? look.problem ?? named.problem;
  const retry = read.problem !== null ? read.again : look.problem !== null ? look.retry : named.retry;
  const isSettled = is === "done" || is === "asks" || is === "stopped" || on.isStopped;
  const what = [
    wanted?.state !== undefined && wanted?.state !== null && "whether it goes on",
    wanted !== null && wanted.attribute !== null && "attributes",
    wanted === null && "whether it goes on, and who wrote last,",
  ].filter((part) => part !== false);
  return (
    <>
      <LookBar
        what={what.join(" and ")}
        read={{ count: read.read, since: read.since, isFetching: read.isFetching }}
        on={on}
        look={look}
      />
      <OldRows look={look} />
      <Answer
        problem={problem}
        onRetry={retry}
        known={chats !== undefined && (rows.length > 0 || isSettled)}
        none={rows.length === 0}
        empty={
          is === "done" ? (
            <EmptyState icon={IconMessages} title={empty.title}>
              {empty.text}
            </EmptyState>
          ) : null
        }
      >
        <ConversationGrid
          label={label}
          rows={rows}
          loading={rows.length === 0 && !isSettled ? 12 : 0}
          guestOf={named.guestOf}
          standingOf={standingOf}
          selected={selected}
          grid={grid}
          onVisible={onVisible}
          resetKey={search}
        />
      </Answer>
      {is === "done" && rows.length > 0 && read.since !== null && (
        <ListFoot>
          {words}: {countOf(look.all, "conversation")} {look.all === 1 ? "was" : "were"} asked, back to{" "}
          {moment(read.since)}.
        </ListFoot>
      )}
    </>
  );
}
