import { IconMessages } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { type RefObject, useCallback, useEffect, useMemo, useState } from "react";
import { countOf, moment } from "../../format";
import type { ChatStateView, ChatView, GuestView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { RelativeTime } from "../../parts/relative-time";
import { Shown } from "../../parts/shown-text";
import { type GridHandle, VirtualGrid } from "../../parts/virtual-grid";
import { chatHref, go, guestHref, useRoute } from "../../routes";
import { chatStates, kinds } from "../../states/conversation";
import { ChatGuest } from "./chat-guest";
import { ListFoot, type ListSays, MOST_DAYS } from "./list-foot";
import { guestsOf, useChats, useGuestsNamed, useStandings } from "./use-chats";

type Props = {
  days: number;
  /** Only those of which no end is known. */
  onlyOpen: boolean;
  selected: string | null;
  grid: RefObject<GridHandle | null>;
  onSays: (says: ListSays) => void;
};

/** So many rows before the end of what is read, older ones are asked for. */
const AHEAD = 10;

/** The guests of web messaging of the last days, by their newest chat. */
export function RecentChats({ days, onlyOpen, selected, grid, onSays }: Props) {
  const { tab } = useRoute();
  const [rows, setRows] = useState({ first: 0, last: 0 });
  const read = useChats({ days, guest: null, end: onlyOpen ? "without" : null, queue: null });
  const { chats, isWhole, isFetching, more, again, problem, since } = read;
  const guests = useMemo(() => guestsOf(chats ?? []), [chats]);
  const named = useGuestsNamed(guests, rows.first, rows.last);
  const { standingOf } = useStandings(guests, rows.first, rows.last, read.reading);
  const columns = useColumns(named.guestOf, (chat) => standingOf(chat).state);
  const onVisible = useCallback((first: number, last: number) => setRows({ first, last }), []);

  // Where nothing is left to scroll to, older ones are asked for; also where the newest days have none.
  useEffect(() => {
    if (chats !== undefined && rows.last >= guests.length - AHEAD) more();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: said again when what is said changes
  useEffect(() => {
    const count = chats === undefined ? " " : `${countOf(guests.length, "guest")}${isWhole ? "" : " so far"}`;
    onSays({ count, busy: isFetching, refresh: again });
  }, [chats === undefined, guests.length, isWhole, isFetching, onSays]);

  function open(chat: ChatView) {
    const isKept = chat.guestId !== null && named.guestOf(chat.guestId) !== null;
    go(isKept && chat.guestId !== null ? guestHref(chat.guestId, tab) : chatHref(chat.id));
  }

  return (
    <>
      <Answer
        problem={problem ?? named.problem}
        onRetry={problem === null ? named.retry : again}
        known={chats !== undefined && (guests.length > 0 || isWhole)}
        none={guests.length === 0}
        empty={
          <EmptyState
            icon={IconMessages}
            title={`No ${onlyOpen ? "chat without an end" : "web messaging"} in the last ${countOf(days, "day")}`}
          >
            {days < MOST_DAYS
              ? `Look further back, up to ${MOST_DAYS} days, or search among the contacts.`
              : "The org tells no older chats here. Search among the contacts."}
          </EmptyState>
        }
      >
        <VirtualGrid
          ref={grid}
          label="Recent chats"
          columns={columns}
          count={chats === undefined ? 20 : guests.length}
          rowAt={(index) => guests[index]}
          rowKey={(chat) => chat.guestId ?? chat.id}
          selectedKey={selected}
          onOpen={open}
          onVisible={onVisible}
          resetKey={`${days} ${onlyOpen}`}
          place="recent chats"
        />
      </Answer>
      {guests.length > 0 && since !== null && (
        <ListFoot>
          {isWhole
            ? `All ${onlyOpen ? "chats without an end" : "chats"} since ${moment(since)} are read. Each guest is listed once, by the newest.`
            : `Chats since ${moment(since)} are read; older ones come as you scroll.`}
        </ListFoot>
      )}
    </>
  );
}

type GuestOf = (id: string) => GuestView | null | undefined;

function useColumns(guestOf: GuestOf, stateOf: (chat: ChatView) => ChatStateView): ColumnDef<ChatView>[] {
  const of = ({ guestId }: ChatView) => (guestId === null ? null : guestOf(guestId));
  return [
    column("guest", "Guest", "minmax(130px, 1.5fr)", (chat) => <ChatGuest chat={chat} guest={of(chat)} />),
    column(
      "kind",
      "Kind",
      "88px",
      (chat) => {
        const kind = of(chat)?.kind;
        return kind ? <span title={kinds[kind].meaning}>{kinds[kind].name}</span> : "—";
      },
      { dimmed: true, skeleton: 50 },
    ),
    column("state", "Chat", "96px", (chat) => {
      const { name, color, meaning } = chatStates[stateOf(chat)];
      return (
        <span title={meaning}>
          <Dot color={color}>{name}</Dot>
        </span>
      );
    }),
    column("queue", "Queue", "minmax(80px, 1fr)", ({ queue }) => (queue === null ? "—" : <Shown text={queue} cut />), {
      dimmed: true,
    }),
    column("agent", "Agent", "minmax(80px, 1fr)", ({ agent }) => (agent === null ? "—" : <Shown text={agent} cut />), {
      dimmed: true,
    }),
    column("startTime", "Began", "92px", ({ startTime }) => <RelativeTime time={startTime} />, { dimmed: true }),
  ];
}
