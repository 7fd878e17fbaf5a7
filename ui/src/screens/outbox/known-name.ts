import { useQueryClient } from "@tanstack/react-query";
import { shortId } from "../../format";
import type { GuestDetail, GuestPage } from "../../ipc/bindings";
import { keys } from "../../queries";

/** The guest's name, where this window has read it anyway: no request is spent on it. Else a part of the id. */
export function useGuestWords(id: string): string {
  const client = useQueryClient();
  const detail = client.getQueryData<GuestDetail>(keys.guest(id));
  if (detail) return detail.guest.name;
  for (const [, page] of client.getQueriesData<GuestPage>({ queryKey: ["guests", "page"] })) {
    const guest = page?.guests.find((other) => other.id === id);
    if (guest) return guest.name;
  }
  return `Guest ${shortId(id)}`;
}
