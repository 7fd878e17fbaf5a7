import { Box, Loader, Text, UnstyledButton } from "@mantine/core";
import { IconMessageOff } from "@tabler/icons-react";
import { useEffect } from "react";
import { shownConversation } from "../../draft-words";
import { moment, shortId } from "../../format";
import type { ChatStateView, ChatView, PlayedChatView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { shown } from "../../parts/shown";
import { usePlace } from "../../places";
import { chatStates } from "../../states/conversation";
import { ConversationReader } from "./conversation-reader";
import { MOST_DAYS } from "./list-foot";
import { PlayedFoot } from "./played-foot";
import { chatsOfGuest, useChats, useStandings } from "./use-chats";

type Props = {
  guest: string;
  /** Those of them that were started here. */
  played: PlayedChatView[];
};

/** The guest's conversations as the org keeps them, whoever started them; one of them to read. Nothing is asked while another
 * tab is shown. */
export function ChatList({ guest, played }: Props) {
  const { chats, isWhole, isFetching, more, again, problem, reading } = useChats(chatsOfGuest(guest));
  const all = chats ?? [];
  const { standingOf } = useStandings(all, 0, all.length - 1, reading);
  const [chosen, setChosen] = usePlace<string | null>(shownConversation(guest), null);
  const open = all.find(({ id }) => id === chosen) ?? all[0];

  useEffect(() => {
    more();
  });

  return (
    <Answer
      problem={problem}
      onRetry={again}
      known={chats !== undefined && (all.length > 0 || isWhole)}
      none={all.length === 0}
      empty={
        <EmptyState icon={IconMessageOff} title="No conversations">
          The org tells none of this contact that began in the last {MOST_DAYS} days. Older ones are not looked for.
        </EmptyState>
      }
    >
      <div className="fill">
        <Box p={8} pb={6} flex="none" mah={136} style={{ overflow: "auto" }}>
          <ul className="plain-list" aria-label="Conversations">
            {all.map((chat) => (
              <li key={chat.id}>
                <Line
                  chat={chat}
                  state={standingOf(chat).state}
                  chosen={chat.id === open?.id}
                  onChoose={() => setChosen(chat.id)}
                />
              </li>
            ))}
          </ul>
          {isFetching && (
            <Text size="xs" c="dimmed" px={8} py={4} role="status">
              <Loader size={10} mr={6} aria-hidden />
              Looking through the last {MOST_DAYS} days…
            </Text>
          )}
        </Box>
        {open && <ConversationReader key={open.id} id={open.id} guest={guest} />}
        <PlayedFoot chat={played.find(({ conversationId }) => conversationId === open?.id)} />
      </div>
    </Answer>
  );
}

type LineProps = { chat: ChatView; state: ChatStateView; chosen: boolean; onChoose: () => void };

function Line({ chat, state, chosen, onChoose }: LineProps) {
  const { name, color, meaning } = chatStates[state];
  return (
    <UnstyledButton className="choice" h={30} px={8} aria-pressed={chosen} onClick={onChoose} title={meaning}>
      <span style={{ width: 88, flex: "none" }}>
        <Dot color={color}>{name}</Dot>
      </span>
      <Text size="xs" c="dimmed" truncate flex={1}>
        {moment(chat.startTime)}
        {chat.endTime && ` to ${moment(chat.endTime)}`}
      </Text>
      <Text size="xs" c="dimmed" flex="none" maw={90} truncate title={chat.id}>
        {chat.agent === null ? shortId(chat.id) : shown(chat.agent)}
      </Text>
    </UnstyledButton>
  );
}
