import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ChatStandingView, ChatsQuery, ChatView, GuestView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { keys, useConnectionName } from "../../queries";
import { MOST_DAYS } from "./list-foot";

/** Guests that one question names; the core takes no more. */
const NAMES = 50;
/** Conversations that are asked for their state together: about as many as a screen shows. */
const STATES = 25;

type Question = Omit<ChatsQuery, "before">;

/** Conversations of the org, newest first, page by page and each once. They are read anew when a person asks for it. */
export function useChats(query: Question) {
  const pages = usePages(query, true);
  const chats = useMemo(() => {
    const met = new Map<string, ChatView>();
    for (const page of pages.data?.pages ?? []) {
      for (const chat of page.chats) if (!met.has(chat.id)) met.set(chat.id, chat);
    }
    return [...met.values()];
  }, [pages.data]);
  const more = () => {
    if (pages.hasNextPage && !pages.isFetching && !pages.isError) void pages.fetchNextPage();
  };
  return {
    /** `undefined` before the first answer. */
    chats: pages.data === undefined ? undefined : chats,
    /** All that began since then are told. */
    since: pages.data?.pages.at(-1)?.toldSince ?? null,
    /** So many were read, those included that were not asked for. */
    read: pages.data?.pages.reduce((sum, page) => sum + page.read, 0) ?? 0,
    isWhole: pages.data !== undefined && !pages.hasNextPage,
    more,
    isFetching: pages.isFetching,
    problem: pages.error,
    again: () => void (pages.isFetchNextPageError ? pages.fetchNextPage() : pages.refetch()),
    /** Which reading of the list this is: when its first page was asked for. */
    reading: pages.data?.pages[0]?.askedAt ?? 0,
  };
}

function usePages(query: Question, enabled: boolean) {
  const core = useCore();
  return useInfiniteQuery({
    queryKey: keys.chats(useConnectionName(), query),
    queryFn: async ({ pageParam }) => ({
      ...(await core.chatsPage({ ...query, before: pageParam })),
      askedAt: Date.now(),
    }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    enabled,
  });
}

/** The same as far as they are read already: nothing is asked. */
export const useKnownChats = (query: Question) => usePages(query, false).data;

/** The question for all conversations of one guest. */
export const chatsOfGuest = (guest: string): Question => ({
  days: MOST_DAYS,
  guest,
  end: null,
  queue: null,
});

/** A guest's newest chat stands for the guest; a chat without a guest is a row of its own. */
export function guestsOf(chats: ChatView[]): ChatView[] {
  const met = new Set<string>();
  return chats.filter(({ guestId }) => {
    if (guestId === null) return true;
    const isNew = !met.has(guestId);
    met.add(guestId);
    return isNew;
  });
}

/** The parts of a list that the rows on the screen belong to. */
function partsOf<Row>(rows: Row[], size: number, first: number, last: number): Row[][] {
  const parts: Row[][] = [];
  for (let at = Math.floor(first / size) * size; at <= last && at < rows.length; at += size) {
    parts.push(rows.slice(at, at + size));
  }
  return parts;
}

/** The guests of the rows on the screen; `null` for one whom the org does not have any more, `undefined` while it is asked. */
export function useGuestsNamed(rows: ChatView[], first: number, last: number) {
  const core = useCore();
  const parts = partsOf(rows, NAMES, first, last)
    .map((part) => part.flatMap(({ guestId }) => (guestId === null ? [] : [guestId])))
    .filter((ids) => ids.length > 0);
  const asked = useQueries({
    queries: parts.map((ids) => ({
      queryKey: keys.guestsNamed(ids),
      queryFn: () => core.guestsNamed(ids),
    })),
  });
  const known = new Map<string, GuestView | null>();
  for (const [place, { data }] of asked.entries()) {
    if (data === undefined) continue;
    for (const id of parts[place] ?? []) known.set(id, null);
    for (const guest of data) known.set(guest.id, guest);
  }
  return {
    guestOf: (id: string) => known.get(id),
    problem: asked.find(({ error }) => error)?.error ?? null,
    retry: () => {
      for (const one of asked) if (one.isError) void one.refetch();
    },
  };
}

/** How a conversation stands, and who wrote last where that is known. */
export type Standing = Pick<ChatStandingView, "state" | "lastWordBy">;

/** How the conversations on the screen that have no end stand; each costs the org a question. */
export function useStandings(rows: ChatView[], first: number, last: number, reading: number) {
  const core = useCore();
  const connection = useConnectionName();
  const parts = partsOf(rows, STATES, first, last)
    .map((part) => part.flatMap(({ id, state }) => (state === "notAsked" ? [id] : [])))
    .filter((ids) => ids.length > 0);
  const asked = useQueries({
    queries: parts.map((ids) => ({
      queryKey: keys.chatStates(connection, ids, reading),
      queryFn: () => core.chatStates(ids),
      // Of the same list that was read anew: what was known stays until the answer is there.
      placeholderData: (before: ChatStandingView[] | undefined) => before,
    })),
  });
  const known = new Map(asked.flatMap(({ data }) => data ?? []).map((standing) => [standing.id, standing]));
  return {
    standingOf: (chat: ChatView): Standing => known.get(chat.id) ?? unasked(chat),
    problem: asked.find(({ error }) => error)?.error ?? null,
    retry: () => {
      for (const one of asked) if (one.isError) void one.refetch();
    },
  };
}

/** What a list tells of a conversation by itself. */
export const unasked = ({ state }: ChatView): Standing => ({ state, lastWordBy: null });
