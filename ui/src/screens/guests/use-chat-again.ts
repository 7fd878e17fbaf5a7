import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { GuestView } from "../../ipc/bindings";
import { useCommand } from "../../queries";
import { go, guestHref } from "../../routes";

/** Starts a new chat for a guest of the same name and e-mail. */
export function useChatAgain(guest: GuestView) {
  // Kept for retries, so that the same wish twice starts one chat.
  const [guestId, setGuestId] = useState(() => crypto.randomUUID());
  const command = useCommand(
    (core) =>
      core.chatStart({
        guestId,
        name: guest.name === "Anonymous Guest" ? null : guest.name,
        email: guest.email,
        attributes: {},
      }),
    {
      stale: ["guests"],
      done: (chat) => {
        setGuestId(crypto.randomUUID());
        notifications.show({
          color: "teal",
          title: "The chat is open again",
          message: `${guest.name} has a new session.`,
        });
        go(guestHref(chat.guestId, "conversations"));
      },
    },
  );
  return { start: () => command.mutate(), isPending: command.isPending };
}
