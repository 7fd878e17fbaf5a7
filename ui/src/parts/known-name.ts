import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { shortId } from "../format";
import type { GuestDetail, GuestPage, LabOverview } from "../ipc/bindings";
import { keys } from "../queries";
import { chatName } from "../states/chat";

/** Words for a guest by id; `null` is one of a chat by the guest socket, whom the org does not name: they go by their chat. */
export type GuestWords = (id: string | null, conversation?: string) => string;

/** The guest's name, where this window has read it anyway: no request is spent on it. Else a part of the id. */
export function useGuestWords(): GuestWords {
  const client = useQueryClient();
  const [words, setWords] = useState(() => wordsOf(client));
  useEffect(() => {
    const read = () => setWords(() => wordsOf(client));
    read();
    return client.getQueryCache().subscribe((event) => {
      const answered = event.type === "updated" && event.action.type === "success";
      if (answered && ["guests", "chatLab"].includes(String(event.query.queryKey[0]))) read();
    });
  }, [client]);
  return words;
}

function wordsOf(client: QueryClient): GuestWords {
  const names = new Map<string, string>();
  for (const [, page] of client.getQueriesData<GuestPage>({ queryKey: ["guests", "page"] })) {
    for (const { id, name } of page?.guests ?? []) names.set(id, name);
  }
  for (const [, detail] of client.getQueriesData<GuestDetail>({ queryKey: ["guests", "one"] })) {
    if (detail) names.set(detail.guest.id, detail.guest.name);
  }
  const chats = client.getQueryData<LabOverview>(keys.lab)?.chats ?? [];
  const played = new Map(chats.map((chat) => [chat.id, chatName(chat)]));
  return (id, conversation) =>
    id === null
      ? (played.get(conversation ?? "") ?? "Guest of the chat lab")
      : (names.get(id) ?? `Guest ${shortId(id)}`);
}
