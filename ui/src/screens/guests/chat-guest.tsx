import { Text } from "@mantine/core";
import type { ChatView, GuestView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";

type Props = {
  chat: ChatView;
  /** `undefined` while it is asked, `null` where the org does not have the guest any more. */
  guest: GuestView | null | undefined;
};

/** Whose chat it is, in a row of a list. */
export function ChatGuest({ chat, guest }: Props) {
  if (chat.guestId === null) return <Pale title="The org names no contact for this chat.">No contact</Pale>;
  if (guest === undefined) return <Pale title={chat.guestId}>…</Pale>;
  if (guest === null) return <Pale title="The org does not keep this contact any more.">Contact not kept</Pale>;
  const anonymous = guest.name === "Anonymous Guest";
  return (
    <Text span size="sm" fw={500} c={anonymous ? "dimmed" : undefined} title={guest.email ?? undefined}>
      <Shown text={guest.name} cut />
    </Text>
  );
}

const Pale = ({ title, children }: { title: string; children: string }) => (
  <Text span size="sm" c="dimmed" title={title}>
    {children}
  </Text>
);
