import { ActionIcon, Button, Group, Loader, type MantineColor, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFilter, IconUserSearch, IconX } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { useCallback, useMemo, useRef, useState } from "react";
import { countOf } from "../../format";
import type { GuestView, SortField } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { IdFound, useIdLookup } from "../../parts/id-lookup";
import { RelativeTime } from "../../parts/relative-time";
import { SearchInput } from "../../parts/search-input";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { type GridHandle, VirtualGrid } from "../../parts/virtual-grid";
import { usePlace } from "../../places";
import { FilterInput } from "./filter-input";
import { asTyped } from "./staging";
import { StartChatButton } from "./start-chat-button";
import { type GuestSearch, useGuestPages } from "./use-guest-pages";

const newestFirst = { id: "modifiedTime" as const, descending: true };

type Props = { selected: string | null; onOpen: (guest: GuestView) => void };

export function GuestTable({ selected, onOpen }: Props) {
  const [typed, setTyped] = usePlace("guests searched", "");
  const [filtering, setFiltering] = usePlace("guests filtered", false);
  const [filter, setFilter] = usePlace("guests filter", "");
  const [sort, setSort] = usePlace<{ id: SortField; descending: boolean }>("guests sorted", newestFirst);
  const [rows, setRows] = useState({ first: 0, last: 0 });
  const [search] = useDebouncedValue(typed.trim(), 150);
  const [appliedFilter] = useDebouncedValue(filter.trim(), 400);
  const grid = useRef<GridHandle>(null);
  const lookup = useIdLookup(typed);

  const asked: GuestSearch = {
    search,
    filter: filtering && appliedFilter !== "" ? appliedFilter : null,
    sort: sort.id,
    descending: sort.descending,
  };
  const guests = useGuestPages(asked, rows.first, rows.last);
  const onVisible = useCallback((first: number, last: number) => setRows({ first, last }), []);
  const columns = useColumns(guests.hasOpenConversation);

  const failure = guests.problem === null ? null : failureOf(guests.problem);
  const filterProblem = failure?.code === "invalid_input" && asked.filter !== null ? failure : null;
  const total = guests.total;

  function sortBy(id: string) {
    const field = id as SortField;
    setSort((old) => ({ id: field, descending: old.id === field ? !old.descending : field.endsWith("Time") }));
  }

  return (
    <div className="screen-fill">
      <Group px="md" py="sm" justify="space-between" wrap="nowrap" gap="sm">
        <Group gap="xs" wrap="nowrap" flex={1}>
          <SearchInput
            flex="0 1 300px"
            aria-label="Search guests"
            placeholder="Name, e-mail or id"
            value={typed}
            onType={setTyped}
            onLeave={() => lookup.enter() || grid.current?.focus()}
            data-search-guests
            rightSection={
              guests.searching ? (
                <Loader size={12} role="img" aria-label="Searching" />
              ) : typed ? (
                <ActionIcon size={20} aria-label="Clear the search" onClick={() => setTyped("")}>
                  <IconX size={13} aria-hidden />
                </ActionIcon>
              ) : null
            }
          />
          <Button
            variant={filtering ? "light" : "default"}
            aria-expanded={filtering}
            flex="none"
            leftSection={<IconFilter size={14} aria-hidden />}
            onClick={() => setFiltering((old) => !old)}
          >
            Filter
          </Button>
        </Group>
        <Group gap="md" wrap="nowrap">
          <Text size="xs" c="dimmed" role="status" className="guest-count" style={{ whiteSpace: "nowrap" }}>
            {countWords(guests)}
          </Text>
          <StartChatButton />
        </Group>
      </Group>
      <IdFound lookup={lookup} />
      {filtering && <FilterInput value={filter} onChange={setFilter} problem={filterProblem} />}
      <Answer
        problem={guests.problem}
        told={filterProblem !== null}
        onRetry={guests.retry}
        known={total !== null}
        none={total === 0}
        of={guests.answers && searchWords(guests.answers)}
        empty={
          asked.search || asked.filter ? (
            <EmptyState icon={IconUserSearch} title="No guest matches">
              Try a part of the name, of the e-mail, or the start of an id; or clear the search and the filter.
            </EmptyState>
          ) : (
            <EmptyState icon={IconUserSearch} title="No guests yet">
              This org has none. Start a chat to take in the first one.
            </EmptyState>
          )
        }
      >
        <VirtualGrid
          ref={grid}
          label="Guests"
          columns={columns}
          count={total ?? 20}
          rowAt={guests.guestAt}
          rowKey={(guest) => guest.id}
          selectedKey={selected}
          onOpen={onOpen}
          sorting={sort}
          onSort={sortBy}
          onVisible={onVisible}
          resetKey={guests.shownKey}
          place="guests"
        />
      </Answer>
    </div>
  );
}

/** How many guests there are; not told while that is the number of an earlier search. */
function countWords({
  answers,
  problem,
  total,
}: Pick<ReturnType<typeof useGuestPages>, "answers" | "problem" | "total">) {
  if (answers !== null) return problem === null ? "Searching…" : " ";
  return total === null ? " " : countOf(total, "guest");
}

/** A search as a person would call it. */
function searchWords({ search, filter }: GuestSearch): string {
  if (search === "" && filter === null) return "the list of all guests";
  const parts = [search !== "" && `“${search}”`, filter !== null && `the filter ${filter}`];
  return `the search for ${parts.filter((part) => part !== false).join(" with ")}`;
}

function useColumns(hasOpenConversation: (id: string) => Open): ColumnDef<GuestView>[] {
  return useMemo(
    () => [
      column("name", "Name", "minmax(120px, 1.2fr)", ({ name }) => (
        <Text span size="sm" fw={500} c={name === "Anonymous Guest" ? "dimmed" : undefined}>
          <Shown text={name} cut />
        </Text>
      )),
      column(
        "email",
        "E-mail",
        "minmax(130px, 1.9fr)",
        ({ email }) => (email === null ? "—" : <Shown text={email} cut />),
        { dimmed: true, skeleton: 75 },
      ),
      {
        ...column<GuestView>("session", "Session", "118px", (guest) => (
          <SessionMark guest={guest} open={hasOpenConversation(guest.id)} />
        )),
        enableSorting: false,
      },
      column("createdTime", "Created", "86px", ({ createdTime }) => <RelativeTime time={createdTime} />, {
        dimmed: true,
      }),
      column("modifiedTime", "Last activity", "96px", ({ modifiedTime }) => <RelativeTime time={modifiedTime} />, {
        dimmed: true,
      }),
      {
        ...column<GuestView>(
          "interactions",
          "Interactions",
          "84px",
          ({ attributes }) => shown(asTyped(attributes.totalInteractions ?? "—")),
          { align: "end", skeleton: 40 },
        ),
        enableSorting: false,
      },
    ],
    [hasOpenConversation],
  );
}

type Open = boolean | null | undefined;

function SessionMark({ guest, open }: { guest: GuestView; open: Open }) {
  const [words, color] = sessionOf(guest.active, open);
  return (
    <Group gap={8} wrap="nowrap">
      <Dot color={color}>{words}</Dot>
      {guest.due && (
        <Text span size="xs" fw={600} c="var(--ink-warm)" title="Older than the retention policy keeps">
          Due
        </Text>
      )}
    </Group>
  );
}

/** `open`: whether the guest has an open conversation; `undefined` while it is asked, `null` where it cannot be. */
function sessionOf(active: boolean, open: Open): [words: string, color: MantineColor] {
  if (!active) return ["Inactive", "gray.5"];
  if (open === undefined) return ["…", "gray.3"];
  if (open === null) return ["Not known", "gray.3"];
  return open ? ["Open chat", "teal.6"] : ["Closed", "gray.5"];
}
