import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { GuestQuery, GuestView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { keys, useLimits } from "../../queries";

export type GuestSearch = Omit<GuestQuery, "page">;

const sameSearch = (a: GuestSearch, b: GuestSearch) =>
  a.search === b.search && a.filter === b.filter && a.sort === b.sort && a.descending === b.descending;

/**
 * The window of guests that is on the screen. The last search that was answered stays until the first page of the newest one
 * is there, so the table never empties while someone types; an older answer can never replace a newer one.
 */
export function useGuestPages(search: GuestSearch, firstRow: number, lastRow: number, withSessions = true) {
  const core = useCore();
  const { guestsPage } = useLimits();
  const [shown, setShown] = useState(search);
  const wanted: GuestQuery = { ...search, page: 1 };
  const head = useQuery({ queryKey: keys.guestPage(wanted), queryFn: () => core.guestsPage(wanted) });
  if (head.data && !sameSearch(shown, search)) setShown(search);

  const moving = !sameSearch(shown, search);
  const firstPage = Math.floor(firstRow / guestsPage) + 1;
  const lastPage = Math.floor(lastRow / guestsPage) + 1;
  const numbers = [...new Set([1, ...range(firstPage, lastPage)])];
  const queries = numbers.map((page): GuestQuery => ({ ...shown, page }));
  const pages = useQueries({
    queries: queries.map((query) => ({
      queryKey: keys.guestPage(query),
      queryFn: () => core.guestsPage(query),
      // While a new search is on its way, the old one is only shown, not asked for again.
      enabled: !moving,
    })),
  });
  const asked = pages.map((page) => page.data?.guests.map((guest) => guest.id) ?? []);
  const open = useQueries({
    queries: asked.map((ids) => ({
      queryKey: keys.openConversations(ids),
      queryFn: async () => {
        const found = new Set(await core.guestsWithOpenConversation(ids));
        return new Map(ids.map((id) => [id, found.has(id)]));
      },
      enabled: withSessions && !moving && ids.length > 0,
      // Another page of the same list: who was known before stays known until the answer is there.
      placeholderData: (before: Map<string, boolean> | undefined) => before,
    })),
  });

  const byPage = new Map(numbers.map((number, place) => [number, pages[place]?.data]));
  const pageOf = (row: number) => Math.floor(row / guestsPage) + 1;
  const problem = head.error ?? pages.find((page) => page.error)?.error ?? null;

  return {
    /** `null` before the first answer. */
    total: byPage.get(1)?.total ?? null,
    /** How many of them can be asked for, and whether there are no others. */
    handedOut: byPage.get(1)?.handedOut ?? null,
    exact: byPage.get(1)?.exact ?? false,
    guestAt: (row: number): GuestView | undefined => byPage.get(pageOf(row))?.guests[row % guestsPage],
    /** `undefined` while it is being asked, `null` where it could not be. */
    hasOpenConversation: (id: string): boolean | null | undefined => {
      for (const [place, { data, error }] of open.entries()) {
        const known = data?.get(id);
        if (known !== undefined) return known;
        if (error !== null && asked[place]?.includes(id)) return null;
      }
      return undefined;
    },
    /** The earlier search that the rows answer, where they do not answer this one. */
    answers: moving && byPage.get(1) !== undefined ? shown : null,
    /** What the rows on the screen belong to. */
    shownKey: JSON.stringify(shown),
    searching: moving && head.isFetching,
    problem,
    retry: () => {
      if (head.isError) void head.refetch();
      for (const page of pages) if (page.isError) void page.refetch();
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step);
}
