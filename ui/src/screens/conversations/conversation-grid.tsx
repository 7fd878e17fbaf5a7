import type { RefObject } from "react";
import type { ChatView, GuestView } from "../../ipc/bindings";
import { column } from "../../parts/column";
import { Dot } from "../../parts/dot";
import { Age } from "../../parts/relative-time";
import { Shown } from "../../parts/shown-text";
import { type GridHandle, VirtualGrid } from "../../parts/virtual-grid";
import { conversationHref, go } from "../../routes";
import { authors, chatStates } from "../../states/conversation";
import { ChatGuest } from "../guests/chat-guest";
import type { Standing } from "../guests/use-chats";

type Props = {
  label: string;
  rows: ChatView[];
  /** Rows that are drawn as skeletons, before anything is known. */
  loading: number;
  guestOf: (id: string) => GuestView | null | undefined;
  standingOf: (chat: ChatView) => Standing;
  selected: string | null;
  grid: RefObject<GridHandle | null>;
  onVisible: (first: number, last: number) => void;
  resetKey: string;
};

/** Conversations as a table; one opens beside it. */
export function ConversationGrid({ label, rows, loading, guestOf, standingOf, selected, grid, ...rest }: Props) {
  return (
    <VirtualGrid
      ref={grid}
      label={label}
      columns={columns(guestOf, standingOf)}
      count={loading > 0 ? loading : rows.length}
      rowAt={(index) => rows[index]}
      rowKey={(chat) => chat.id}
      selectedKey={selected}
      onOpen={(chat) => go(conversationHref(chat.id))}
      place={label}
      {...rest}
    />
  );
}

const named = (name: string | null) => (name === null ? "—" : <Shown text={name} cut />);

const columns = (guestOf: Props["guestOf"], standingOf: Props["standingOf"]) => [
  column<ChatView>("guest", "Guest", "minmax(110px, 1.4fr)", (chat) => (
    <ChatGuest chat={chat} guest={chat.guestId === null ? null : guestOf(chat.guestId)} />
  )),
  column<ChatView>("state", "State", "minmax(158px, 1fr)", (chat) => <State standing={standingOf(chat)} />),
  column<ChatView>("age", "Age", "72px", ({ startTime }) => <Age since={startTime} />, { dimmed: true }),
  column<ChatView>("lastWord", "Last word", "84px", (chat) => <LastWord standing={standingOf(chat)} />),
  column<ChatView>("queue", "Queue", "minmax(76px, 1fr)", ({ queue }) => named(queue), { dimmed: true }),
  column<ChatView>("agent", "Agent", "minmax(76px, 1fr)", ({ agent }) => named(agent), { dimmed: true }),
];

function State({ standing: { state } }: { standing: Standing }) {
  const { name, color, meaning, hint } = chatStates[state];
  return (
    <span title={meaning}>
      <Dot color={color}>{hint === undefined ? name : `${name}, ${hint}`}</Dot>
    </span>
  );
}

/** Who wrote last; nothing where that is not known. */
function LastWord({ standing: { state, lastWordBy } }: { standing: Standing }) {
  if (lastWordBy !== null) return authors[lastWordBy];
  const why =
    state === "ended" || state === "notAsked"
      ? "Who wrote last is read when the conversation is opened."
      : "Nobody wrote yet, or the org does not settle who.";
  return <span title={why}>—</span>;
}
