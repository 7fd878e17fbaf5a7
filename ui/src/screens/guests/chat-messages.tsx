import { Group, Text } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { exact, moment } from "../../format";
import type { ChatMessageView, ConversationRecordView } from "../../ipc/bindings";
import { ConversationBox, Messages } from "../../parts/conversation-box";
import { Shown } from "../../parts/shown-text";
import { authors } from "../../states/conversation";
import classes from "./guests.module.css";

/** What was said, oldest first: the guest at the right, everybody else at the left. */
export function ChatMessages({ record }: { record: ConversationRecordView }) {
  const { messages, messagesMissing } = record;
  return (
    <ConversationBox newest={messages}>
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
      <Messages messages={messages}>{(message) => <Said key={message.id} message={message} />}</Messages>
    </ConversationBox>
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
