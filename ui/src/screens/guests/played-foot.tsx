import { Button, Group, Text } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import type { PlayedChatView } from "../../ipc/bindings";
import { useShowChat } from "../../parts/show-chat";
import classes from "./guests.module.css";

/** Below a conversation whose guest is played here: where they write. */
export function PlayedFoot({ chat }: { chat: PlayedChatView | undefined }) {
  const showChat = useShowChat();
  if (chat === undefined) return null;
  return (
    <Group className={classes.foot} justify="space-between" wrap="nowrap" gap="xs">
      <Text size="xs" c="dimmed">
        {chat.over
          ? "This chat was started here and is over: nothing can be written in it."
          : "This chat was started here: its guest writes in the Chat lab."}
      </Text>
      {!chat.over && (
        <Button
          variant="default"
          flex="none"
          leftSection={<IconMessages size={14} aria-hidden />}
          onClick={() => showChat(chat.chat)}
        >
          Write as the guest
        </Button>
      )}
    </Group>
  );
}
