import { Button } from "@mantine/core";
import { IconMessagePlus } from "@tabler/icons-react";
import { useState } from "react";
import type { GuestView } from "../../ipc/bindings";
import { type ChatOf, useActions } from "../../parts/actions";
import { shown } from "../../parts/shown";
import { tell } from "../../parts/tell";
import { useChatRefusal, useCommand } from "../../queries";
import { go, guestHref } from "../../routes";

/** What a person is told before they do it. */
export const AGAIN = "Makes a new guest with the same name, e-mail and attributes. This guest stays as they are.";

/** What is told of a chat by the guest socket that takes a contact's name and e-mail address along. */
export const AS_THEM =
  "Begins a session with the same name and e-mail. Whether the org takes it for the same contact is the org's to say.";

/** Who is played in it. */
export const playedAs = ({ name, email }: GuestView): ChatOf => ({
  name: name === NAMELESS ? "" : name,
  email: email ?? "",
});

/** What the org calls a guest without a name. */
const NAMELESS = "Anonymous Guest";

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

/** Begins a chat by the guest socket with a contact's name and e-mail address. */
export function ChatAsThemButton({ guest }: { guest: GuestView }) {
  const refusal = useChatRefusal();
  const { startChatOf } = useActions();
  return (
    <Button
      variant="default"
      mt={6}
      size="compact-xs"
      disabled={refusal !== null}
      title={refusal ?? AS_THEM}
      leftSection={<IconMessagePlus size={13} aria-hidden />}
      onClick={() => startChatOf(playedAs(guest))}
    >
      Start a chat as them…
    </Button>
  );
}

type Props = { guest: GuestView; label?: string; compact?: boolean };

/** Starts the chat of a guest whose session or conversation is over again, as a new guest. */
export function ChatAgainButton({ guest, label = "Start the chat again", compact = false }: Props) {
  const refusal = useChatRefusal();
  const again = useChatAgain(guest);
  return (
    <Button
      variant="default"
      {...(compact ? { mt: 6, size: "compact-xs" } : {})}
      disabled={refusal !== null}
      title={refusal ?? undefined}
      loading={again.isPending}
      leftSection={<IconMessagePlus size={compact ? 13 : 14} aria-hidden />}
      onClick={again.start}
    >
      {label}
    </Button>
  );
}
