import { Button, Group, Loader, SegmentedControl, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { countOf, moment } from "../../format";
import type { ConversationRecordView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { Dot } from "../../parts/dot";
import { RelativeTime } from "../../parts/relative-time";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk, useConnectionName } from "../../queries";
import { authors, chatStates } from "../../states/conversation";
import { ChatAttributes } from "./chat-attributes";
import { ChatMessages } from "./chat-messages";
import classes from "./guests.module.css";

type Props = {
  id: string;
  /** Whose it is, where the org knows them. */
  guest: string | null;
};

/** One conversation as the org has it now, with all that was said. */
export const useConversation = (id: string) =>
  useAsk(keys.conversation(useConnectionName(), id), (core) => core.conversationOpen(id));

/** One conversation to read: what was said, how it stands, and its attributes. */
export function ConversationReader({ id, guest }: Props) {
  const { data, error, isFetching, refetch } = useConversation(id);
  const [part, setPart] = useState<"messages" | "attributes">("messages");
  const again = () => void refetch();
  return (
    <div className={`fill ${classes.reader}`}>
      <Answer problem={error} onRetry={again} known={data !== undefined} none={false} empty={null}>
        {data === undefined ? (
          <Group p="md" gap="xs" aria-busy="true">
            <Loader size={14} aria-hidden />
            <Text size="sm" c="dimmed">
              {/* vendor-fact: recording-restored */}
              Reading the conversation… An old recording is restored first, which can take a minute.
            </Text>
          </Group>
        ) : (
          <>
            <div className={classes.readerHead}>
              <Standing record={data} />
              <Group justify="space-between" mt={6} gap="xs">
                <SegmentedControl
                  size="xs"
                  aria-label="What is shown of the conversation"
                  value={part}
                  onChange={(value) => setPart(value === "attributes" ? "attributes" : "messages")}
                  data={[
                    { value: "messages", label: countOf(data.messages.length, "message") },
                    { value: "attributes", label: countOf(Object.keys(data.attributes).length, "attribute") },
                  ]}
                />
                <Button
                  size="compact-xs"
                  variant="default"
                  loading={isFetching}
                  leftSection={<IconRefresh size={12} aria-hidden />}
                  onClick={again}
                >
                  Read it again
                </Button>
              </Group>
            </div>
            {part === "messages" ? (
              <ChatMessages record={data} />
            ) : (
              <ChatAttributes record={data} guest={guest} onSaved={again} />
            )}
          </>
        )}
      </Answer>
    </div>
  );
}

/** Whether it goes on, since when, with whom, and who had the last word. */
function Standing({ record }: { record: ConversationRecordView }) {
  const { chat, lastWordBy, endedBy } = record;
  const { name, color, meaning } = chatStates[chat.state];
  const last = record.messages.findLast(({ by }) => by === lastWordBy);
  return (
    <>
      <Group gap={6} wrap="wrap">
        <span title={meaning}>
          <Dot color={color}>{name}</Dot>
        </span>
        <Text size="xs" c="dimmed">
          {moment(chat.startTime)}
          {chat.endTime !== null && ` to ${moment(chat.endTime)}`}
          {endedBy !== null && ` · ended by ${authors[endedBy].toLowerCase()}`}
        </Text>
      </Group>
      <Text size="xs" c="dimmed">
        {lastWordBy !== null && (
          <>
            Last word: {authors[lastWordBy].toLowerCase()}
            {last?.at && (
              <>
                , <RelativeTime time={last.at} />
              </>
            )}
          </>
        )}
        {chat.queue !== null && (
          <>
            {lastWordBy !== null && " · "}Queue <Shown text={chat.queue} />
          </>
        )}
        {chat.agent !== null && (
          <>
            {" · Agent "}
            <Shown text={chat.agent} />
          </>
        )}
      </Text>
      {chat.state === "unclear" && (
        <Text size="xs" c="var(--ink-warm)">
          {meaning}
        </Text>
      )}
    </>
  );
}
