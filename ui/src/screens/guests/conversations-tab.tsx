import { Box, Text, UnstyledButton } from "@mantine/core";
import { IconMessageOff } from "@tabler/icons-react";
import { shownConversation } from "../../draft-words";
import { moment, shortId } from "../../format";
import type { ConversationView, GuestDetail } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { usePlace } from "../../places";
import { useRefusal } from "../../queries";
import { AGAIN, ChatAgainButton } from "./chat-again";
import { Composer } from "./composer";
import classes from "./guests.module.css";
import { MessageList } from "./message-list";

type Props = {
  detail: GuestDetail;
  /** The guest could not be read anew: what is known may be old. */
  old: boolean;
};

/** The guest's conversations; those that were started here can be read and written. */
export function ConversationsTab({ detail, old }: Props) {
  const { conversations, guest } = detail;
  const [chosen, setChosen] = usePlace<string | null>(shownConversation(guest.id), null);
  const refusal = useRefusal("writeAsGuest");
  const shown =
    conversations.find((conversation) => conversation.id === chosen) ??
    conversations.find((conversation) => conversation.playedHere) ??
    conversations[0];

  if (!shown && old) return null;
  if (!shown) {
    return (
      <EmptyState
        icon={IconMessageOff}
        title="No conversations"
        action={<ChatAgainButton guest={guest} label="Start again as a new guest" />}
      >
        This guest never opened one, or it is no longer kept. {AGAIN}
      </EmptyState>
    );
  }
  return (
    <>
      <Box p={8} pb={6} flex="none" mah={136} style={{ overflow: "auto" }}>
        <ul className="plain-list" aria-label="Conversations">
          {conversations.map((conversation) => (
            <li key={conversation.id}>
              <Line
                conversation={conversation}
                chosen={conversation.id === shown.id}
                onChoose={() => setChosen(conversation.id)}
              />
            </li>
          ))}
        </ul>
      </Box>
      {shown.playedHere ? (
        <>
          <MessageList key={shown.id} conversationId={shown.id} open={shown.open} />
          {shown.open && refusal === null ? (
            <Composer key={`composer ${shown.id}`} guest={guest} conversationId={shown.id} />
          ) : (
            <div className={classes.foot}>
              <Text size="xs" c="dimmed" mb={shown.open ? 0 : "xs"}>
                {shown.open ? refusal : `This conversation is closed and takes no messages. ${AGAIN}`}
              </Text>
              {!shown.open && <ChatAgainButton guest={guest} />}
            </div>
          )}
        </>
      ) : (
        <div className={classes.scroll} style={{ borderTop: "1px solid var(--mantine-color-default-border)" }}>
          <EmptyState icon={IconMessageOff} title="Not started here">
            Messages can be read and written only in chats that this console started. To play this guest, start again as
            a new guest from their menu.
          </EmptyState>
        </div>
      )}
    </>
  );
}

type LineProps = { conversation: ConversationView; chosen: boolean; onChoose: () => void };

function Line({ conversation, chosen, onChoose }: LineProps) {
  return (
    <UnstyledButton className="choice" h={30} px={8} aria-pressed={chosen} onClick={onChoose} title={conversation.id}>
      <span style={{ width: 66, flex: "none" }}>
        <Dot color={conversation.open ? "teal.6" : "gray.5"}>{conversation.open ? "Open" : "Closed"}</Dot>
      </span>
      <Text size="xs" c="dimmed" truncate flex={1}>
        {moment(conversation.startTime)}
        {conversation.endTime && ` to ${moment(conversation.endTime)}`}
      </Text>
      <Text size="xs" c="dimmed" flex="none">
        {conversation.playedHere ? "started here" : shortId(conversation.id)}
      </Text>
    </UnstyledButton>
  );
}
