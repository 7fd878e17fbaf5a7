import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useLayoutEffect, useRef, useState } from "react";
import { exact, moment } from "../../format";
import type { ChatMessageView, ConversationRecordView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import { authors } from "../../states/conversation";
import classes from "./guests.module.css";

/** Bubbles drawn at once; older ones come on demand. */
const WINDOW = 200;

/** What was said, oldest first: the guest at the right, everybody else at the left. */
export function ChatMessages({ record }: { record: ConversationRecordView }) {
  const { messages, messagesMissing } = record;
  const [drawn, setDrawn] = useState(WINDOW);
  const box = useRef<HTMLElement>(null);
  const hidden = Math.max(0, messages.length - drawn);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end is shown when a conversation is opened or read again
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [messages]);

  return (
    <section
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-label="Conversation"
      className={classes.scroll}
    >
      {messagesMissing !== null && (
        <Text size="xs" c="var(--ink-warm)" mb="sm" role="status">
          <Shown text={messagesMissing} />
        </Text>
      )}
      {messages.length === 0 && messagesMissing === null && (
        <Text size="sm" c="dimmed" ta="center" py="xl">
          Nothing was written in this conversation.
        </Text>
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
          <Said key={message.id} message={message} />
        ))}
      </Stack>
    </section>
  );
}

function Said({ message }: { message: ChatMessageView }) {
  const { by, at, text, attachments, status } = message;
  return (
    <li className={classes.said} data-by={by}>
      <Text size="xs" c="dimmed" mb={2} title={at === null ? undefined : exact(at)}>
        {authors[by]}
        {at !== null && ` · ${moment(at)}`}
        {status !== null && (
          <>
            {" · "}
            <Shown text={statusWords(status)} />
          </>
        )}
      </Text>
      <div className={classes.words}>
        {text !== null && <Shown text={text} lines />}
        {attachments.map((name, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and the list does not change
          <Group key={`${place} ${name}`} gap={4} wrap="nowrap">
            <IconPaperclip size={13} aria-hidden />
            <Shown text={name} />
          </Group>
        ))}
        {text === null && attachments.length === 0 && (
          <Text span size="sm" c="dimmed">
            No text
          </Text>
        )}
      </div>
    </li>
  );
}

/** The org's own word, begun small: `delivery-success` as `delivery success`. */
const statusWords = (status: string) => status.replaceAll("-", " ").toLowerCase();
