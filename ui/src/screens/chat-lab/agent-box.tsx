import { ActionIcon, Button, Checkbox, Group, Menu, Text, Textarea, TextInput } from "@mantine/core";
import { IconDotsVertical } from "@tabler/icons-react";
import { useState } from "react";
import type { LabAgentAct, LabChatView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { useCommand } from "../../queries";
import { chatName } from "../../states/chat";
import classes from "./chat-lab.module.css";

/** The other side of a chat with the simulator: an agent or a bot, played by hand. */
export function AgentBox({ chat }: { chat: LabChatView }) {
  const [text, setText] = useState("");
  const [replies, setReplies] = useState("");
  const [asBot, setAsBot] = useState(false);
  const act = useCommand((core, what: LabAgentAct) => core.labAgent(chat.id, what), {
    scope: `agent ${chat.id}`,
    failure: "inline",
    stale: ["chatLab"],
  });
  const quickReplies = replies
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const ready = text.trim() !== "";
  const tellsEnd = chat.offers?.disconnect !== false;
  const say = () => {
    if (!ready) return;
    act.mutate(
      { kind: "say", text, quickReplies, asBot },
      {
        onSuccess: () => {
          setText("");
          setReplies("");
        },
      },
    );
  };
  return (
    <section className={classes.agent} aria-label={`The other side of the chat of ${shown(chatName(chat))}`}>
      <FailureNotice problem={act.error} mb="xs" />
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <Textarea
          flex={1}
          aria-label="Message of the other side"
          placeholder={asBot ? "Write as the bot" : "Write as the agent"}
          autosize
          minRows={1}
          maxRows={4}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              say();
            }
          }}
        />
        <Button variant="default" disabled={!ready} loading={act.isPending} onClick={say}>
          Answer
        </Button>
      </Group>
      <Group gap="xs" mt={6} wrap="nowrap">
        <TextInput
          flex={1}
          aria-label="Quick replies of the other side"
          placeholder="Quick replies, with commas"
          value={replies}
          onChange={(event) => setReplies(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label="As a bot"
          checked={asBot}
          onChange={(event) => setAsBot(event.currentTarget.checked)}
        />
        <Menu position="top-end">
          <Menu.Target>
            <ActionIcon aria-label="What else the other side does">
              <IconDotsVertical size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => act.mutate({ kind: "typing" })}>Is writing</Menu.Item>
            <Menu.Divider />
            {tellsEnd ? (
              <>
                <Menu.Item onClick={() => act.mutate({ kind: "disconnect", readOnly: false })}>
                  End the conversation
                </Menu.Item>
                <Menu.Item onClick={() => act.mutate({ kind: "disconnect", readOnly: true })}>
                  End it, nothing can be written any more
                </Menu.Item>
              </>
            ) : (
              <Menu.Item disabled>
                End the conversation
                <Text size="xs" c="dimmed">
                  The deployment never tells a guest of it
                </Text>
              </Menu.Item>
            )}
            <Menu.Item onClick={() => act.mutate({ kind: "expire" })}>Let the session expire</Menu.Item>
            <Menu.Item onClick={() => act.mutate({ kind: "drop" })}>Cut the connection without a word</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </section>
  );
}
