import { useState } from "react";
import type { GuestView } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { tell } from "../../parts/tell";
import { useCommand } from "../../queries";
import { go, guestHref } from "../../routes";

/** What a person is told before they do it. */
export const AGAIN = "Makes a new guest with the same name, e-mail and attributes. This guest stays as they are.";

/** Starts a guest's chat again: a session is its guest's, so a new guest goes on in their place. */
export function useChatAgain(guest: GuestView) {
  // Kept for retries, so that the same request twice makes one guest.
  const [id, setId] = useState(() => crypto.randomUUID());
  const command = useCommand((core) => core.chatAgain(guest.id, id), {
    stale: ["guests"],
    done: (chat) => {
      setId(crypto.randomUUID());
      tell(
        "A new guest was made",
        `They go on for ${shown(guest.name)}, with the same name, e-mail and attributes. Each panel links to the other.`,
      );
      go(guestHref(chat.guestId, "conversations"));
    },
  });
  return { start: () => command.mutate(), isPending: command.isPending };
}
