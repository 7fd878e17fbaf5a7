import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import type { ChatsPage, GuestView } from "../../ipc/bindings";
import { keys, useConnectionName } from "../../queries";
import { type Expiry, expiryOf } from "../../states/expiry";
import { chatsOfGuest, useKnownChats } from "./use-chats";

/** When the guest expires, by the conversations that were read already: nothing is asked for it. */
export function useExpiry(guest: GuestView): Expiry | null {
  const client = useQueryClient();
  const connection = useConnectionName();
  // Drawn again once the guest's own conversations are read.
  useKnownChats(chatsOfGuest(guest.id));
  const lists = client.getQueriesData<InfiniteData<ChatsPage>>({ queryKey: keys.chatsOf(connection) });
  const pages = lists.flatMap(([, data]) => data?.pages ?? []);
  const chats = pages.flatMap((page) => page.chats ?? []).filter(({ guestId }) => guestId === guest.id);
  return expiryOf(guest, chats, Date.now());
}
