import { Box, Group, Skeleton, Stack, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconClock,
  IconClockPause,
  IconQuestionMark,
  IconSend,
  IconTrash,
} from "@tabler/icons-react";
import { exact } from "../../format";
import type { EntryState, EntryView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { ConversationBox, Messages } from "../../parts/conversation-box";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk } from "../../queries";
import { entryStates } from "../../states/outbox";
import classes from "./guests.module.css";

/** The messages of one conversation in order, each with its state. */
export function MessageList({ conversationId, open }: { conversationId: string; open: boolean }) {
  const { data, error, refetch } = useAsk(keys.messages(conversationId), (core) => core.chatMessages(conversationId));
  const messages = data ?? [];
  return (
    <div className={`fill ${classes.reader}`}>
      <ConversationBox newest={data} stays>
        <Answer problem={error} onRetry={() => void refetch()} known={data !== undefined} none={false} empty={null}>
          {messages.length === 0 && data && error === null && (
            <Text size="sm" c="dimmed" ta="center" py="xl">
              {open
                ? "Nothing written yet. Write the guest's first message below."
                : "Nothing was written in this conversation."}
            </Text>
          )}
          {!data && (
            <Stack gap="sm" align="flex-end" aria-busy="true">
              <Skeleton h={32} w="60%" />
              <Skeleton h={32} w="40%" />
            </Stack>
          )}
          <Messages messages={messages}>{(message) => <Bubble key={message.id} message={message} />}</Messages>
        </Answer>
      </ConversationBox>
    </div>
  );
}

function Bubble({ message }: { message: EntryView }) {
  const { icon: Glyph, color } = marks[message.state];
  return (
    <li className={classes.bubble} data-state={message.state}>
      <div className={classes.text}>
        <Shown text={message.text} lines />
      </div>
      <Group gap={4} justify="flex-end" mt={2} wrap="nowrap" align="flex-start">
        <Box c={color} lh={1} mt={2}>
          <Glyph size={12} aria-hidden />
        </Box>
        <Text size="xs" c="dimmed" ta="end" title={`Written ${exact(message.writtenAt)}`}>
          <Shown text={entryStates[message.state].inConversation(message)} />
        </Text>
      </Group>
    </li>
  );
}

const marks: Record<EntryState, { icon: typeof IconCheck; color: string }> = {
  queued: { icon: IconClock, color: "dimmed" },
  sending: { icon: IconSend, color: "dimmed" },
  delivered: { icon: IconCheck, color: "var(--ink-plus)" },
  waiting: { icon: IconClockPause, color: "var(--ink-warm)" },
  uncertain: { icon: IconQuestionMark, color: "var(--ink-warm)" },
  dead: { icon: IconAlertTriangle, color: "var(--ink-minus)" },
  discarded: { icon: IconTrash, color: "dimmed" },
};
