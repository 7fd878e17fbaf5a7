import { Text, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo, useRef } from "react";
import { count } from "../../format";
import type { EntryGroup, LanePage, LaneQuery, LaneView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { useGuestWords } from "../../parts/known-name";
import { RelativeTime } from "../../parts/relative-time";
import { SearchInput } from "../../parts/search-input";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import panes from "../../parts/two-panes.module.css";
import { PAGE, usePages } from "../../parts/use-pages";
import { type GridHandle, VirtualGrid } from "../../parts/virtual-grid";
import { usePlace } from "../../places";
import { keys } from "../../queries";
import { laneCounts, laneStates } from "../../states/outbox";
import classes from "./outbox.module.css";

type Props = {
  group: EntryGroup | null;
  chosen: string | null;
  onChoose: (conversation: string | null) => void;
};

/** The conversations with something left to deliver or to decide. */
export function LaneList({ group, chosen, onChoose }: Props) {
  const core = useCore();
  const grid = useRef<GridHandle>(null);
  const [typed, setTyped] = usePlace("outbox searched", "");
  const [search] = useDebouncedValue(typed.trim(), 150);
  const columns = useColumns();
  const query: LaneQuery = { group, search, conversationId: null };
  const pages = usePages<LanePage, LaneView>({
    keyOf: (offset) => keys.outboxLanes(query, offset),
    fetch: (offset) => core.outboxLanes(query, offset, PAGE),
    rowsOf: (page) => page.lanes,
    totalOf: (page) => page.total,
  });
  return (
    <section className={`${panes.first} ${classes.lanes}`} aria-label="Conversations of the outbox">
      <SearchInput
        mx="sm"
        mb="sm"
        aria-label="Find a conversation or guest by id"
        placeholder="Id of a conversation or guest"
        value={typed}
        onType={setTyped}
        onLeave={() => grid.current?.focus()}
      />
      <UnstyledButton className={`choice ${classes.all}`} aria-pressed={chosen === null} onClick={() => onChoose(null)}>
        All conversations
        {pages.total !== undefined && (
          <Text span size="xs" c="dimmed">
            {count(pages.total)}
          </Text>
        )}
      </UnstyledButton>
      <Answer
        problem={pages.problem}
        onRetry={pages.retry}
        known={pages.total !== undefined}
        none={pages.total === 0}
        empty={
          <EmptyState icon={IconSearch} title="No conversation matches">
            {search !== ""
              ? "Look for a part of the id of the conversation or of its guest."
              : "Choose another state above."}
          </EmptyState>
        }
      >
        <VirtualGrid
          ref={grid}
          label="Conversations"
          columns={columns}
          count={pages.total ?? 6}
          rowAt={pages.rowAt}
          rowKey={(lane) => lane.conversationId}
          selectedKey={chosen}
          onOpen={(lane) => onChoose(lane.conversationId)}
          onVisible={pages.onVisible}
          resetKey={`${group} ${search}`}
          place="outbox conversations"
        />
      </Answer>
    </section>
  );
}

function useColumns(): ColumnDef<LaneView>[] {
  const words = useGuestWords();
  return useMemo(
    () => [
      column("guest", "Guest", "minmax(112px, 1fr)", (lane) => (
        <Guest lane={lane} name={words(lane.guestId, lane.conversationId)} />
      )),
      column("state", "State", "126px", (lane) => <LaneMark lane={lane} />, { skeleton: 50 }),
      column("held", "Messages", "78px", laneCounts, { align: "end", skeleton: 40 }),
      column("oldest", "Oldest", "78px", ({ oldest }) => <RelativeTime time={oldest} />, {
        align: "end",
        dimmed: true,
      }),
    ],
    [words],
  );
}

const Guest = ({ lane, name }: { lane: LaneView; name: string }) => (
  <span
    style={{ fontWeight: 500 }}
    title={lane.guestId === null ? name : `Guest ${lane.guestId}, conversation ${lane.conversationId}`}
  >
    <Shown text={name} cut />
  </span>
);

/** The state of a conversation, with when it is tried next. */
export function LaneMark({ lane }: { lane: LaneView }) {
  const { name, color } = laneStates[lane.state];
  return (
    <span title={lane.why === null ? undefined : shown(lane.why)}>
      <Dot color={color}>
        {name}
        {lane.until && (
          <Text span size="xs" c="dimmed">
            {" "}
            <RelativeTime time={lane.until} />
          </Text>
        )}
      </Dot>
    </span>
  );
}
