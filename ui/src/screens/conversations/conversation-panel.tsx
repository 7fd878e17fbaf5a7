import { ActionIcon, Anchor, Box, Group, Text, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { shownConversation } from "../../draft-words";
import { shortId } from "../../format";
import { CopyText } from "../../parts/copy-text";
import { Shown } from "../../parts/shown-text";
import { usePlace } from "../../places";
import { keys, useAsk } from "../../queries";
import { guestHref } from "../../routes";
import { ConversationReader, useConversation } from "../guests/conversation-reader";

type Props = { id: string; onClose: () => void };

/** A conversation to read, with the way to its guest. */
export function ConversationPanel({ id, onClose }: Props) {
  const { data } = useConversation(id);
  const guest = data?.chat.guestId ?? null;
  return (
    <div className="fill" style={{ height: "100%" }}>
      <Box px="md" pt="sm" pb="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} fz="lg" lh={1.4} style={{ overflowWrap: "anywhere" }}>
            {data === undefined ? "Conversation" : guest === null ? "No contact" : <GuestName id={guest} />}
          </Title>
          <ActionIcon aria-label="Close the conversation panel" onClick={onClose}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Group>
        {data !== undefined &&
          (guest === null ? (
            <Text size="sm" c="dimmed">
              The org keeps no contact for this chat, or not any more. What was said can be read.
            </Text>
          ) : (
            <GuestLink guest={guest} conversation={id} />
          ))}
        <CopyText text={id} shown={shortId(id)} label="Copy conversation id" />
      </Box>
      <ConversationReader id={id} guest={guest} />
    </div>
  );
}

const useGuestNamed = (id: string) => useAsk(keys.guestsNamed([id]), (core) => core.guestsNamed([id]));

/** The guest's name, once it is known. */
function GuestName({ id }: { id: string }) {
  const { data } = useGuestNamed(id);
  if (data === undefined) return "Conversation";
  const [guest] = data;
  return guest === undefined ? "Contact not kept" : <Shown text={guest.name} />;
}

function GuestLink({ guest, conversation }: { guest: string; conversation: string }) {
  const { data } = useGuestNamed(guest);
  const [, show] = usePlace<string | null>(shownConversation(guest), null);
  if (data !== undefined && data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The org does not keep this contact any more. What was said can be read.
      </Text>
    );
  }
  const [one] = data ?? [];
  return (
    <Text size="sm" c="dimmed">
      {one?.email && (
        <>
          <Shown text={one.email} /> ·{" "}
        </>
      )}
      <Anchor fz="sm" underline="always" href={guestHref(guest, "conversations")} onClick={() => show(conversation)}>
        Open the guest
      </Anchor>
    </Text>
  );
}
