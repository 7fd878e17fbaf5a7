import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ChatStateView, ChatsQuery, ChatView, GuestView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { keys, useConnectionName } from "../../queries";

/** Guests that one question names; the core takes no more. */
const NAMES = 50;
/** Conversations that are asked for their state together: about as many as a screen shows. */
const STATES = 25;

/** Conversations of the org, newest first, page by page and each once. They are read anew when a person asks for it. */
export function useChats(query: Omit<ChatsQuery, "before">) {
  const core = useCore();
  const pages = useInfiniteQuery({
    queryKey: keys.chats(useConnectionName(), query),
    queryFn: ({ pageParam }) => core.chatsPage({ ...query, before: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
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
    isWhole: pages.data !== undefined && !pages.hasNextPage,
    more,
    isFetching: pages.isFetching,
    problem: pages.error,
    again: () => void (pages.isFetchNextPageError ? pages.fetchNextPage() : pages.refetch()),
    readAt: pages.dataUpdatedAt,
  };
}

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
  const parts = partsOf(rows, NAMES, first, last).map((part) =>
    part.flatMap(({ guestId }) => (guestId === null ? [] : [guestId])),
  );
  const asked = useQueries({
    queries: parts.map((ids) => ({
      queryKey: keys.guestsNamed(ids),
      queryFn: () => core.guestsNamed(ids),
      enabled: ids.length > 0,
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

/** Whether the conversations on the screen that have no end go on; each costs the org a question. */
export function useChatStates(rows: ChatView[], first: number, last: number) {
  const core = useCore();
  const connection = useConnectionName();
  const parts = partsOf(rows, STATES, first, last).map((part) =>
    part.flatMap(({ id, state }) => (state === "notAsked" ? [id] : [])),
  );
  const asked = useQueries({
    queries: parts.map((ids) => ({
      queryKey: keys.chatStates(connection, ids),
      queryFn: () => core.chatStates(ids),
      enabled: ids.length > 0,
    })),
  });
  const known = new Map(asked.flatMap(({ data }) => data ?? []).map(({ id, state }) => [id, state]));
  return (chat: ChatView): ChatStateView => known.get(chat.id) ?? chat.state;
}
