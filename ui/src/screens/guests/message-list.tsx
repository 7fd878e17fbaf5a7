import { Box, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconClock,
  IconClockPause,
  IconQuestionMark,
  IconSend,
  IconTrash,
} from "@tabler/icons-react";
import { useLayoutEffect, useRef, useState } from "react";
import { exact } from "../../format";
import type { EntryState, EntryView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk } from "../../queries";
import { entryStates } from "../../states/outbox";
import classes from "./guests.module.css";

/** Bubbles drawn at once; older ones come on demand. */
const WINDOW = 200;

/** The messages of one conversation in order, each with its state. */
export function MessageList({ conversationId, open }: { conversationId: string; open: boolean }) {
  const { data, error, refetch } = useAsk(keys.messages(conversationId), (core) => core.chatMessages(conversationId));
  const [drawn, setDrawn] = useState(WINDOW);
  const viewport = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  const messages = data ?? [];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves when messages come or change their height
  useLayoutEffect(() => {
    const box = viewport.current;
    if (box && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [data]);

  const hidden = Math.max(0, messages.length - drawn);
  return (
    <section
      ref={viewport}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-label="Conversation"
      className={classes.scroll}
      style={{ borderTop: "1px solid var(--mantine-color-default-border)" }}
      onScroll={(event) => {
        const box = event.currentTarget;
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      }}
    >
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
        {hidden > 0 && (
          <Group justify="center" mb="sm">
            <Button size="compact-xs" variant="default" onClick={() => setDrawn((old) => old + WINDOW)}>
              Show {Math.min(WINDOW, hidden)} earlier
            </Button>
          </Group>
        )}
        {/* Safari forgets that a list without bullets is one. */}
        <Stack component="ul" role="list" gap={8} className="plain-list" aria-label="Messages">
          {messages.slice(hidden).map((message) => (
            <Bubble key={message.id} message={message} />
          ))}
        </Stack>
      </Answer>
    </section>
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
