import { Text } from "@mantine/core";
import { useState } from "react";
import type { LabChatView } from "../ipc/bindings";
import { Question } from "./dialogs";
import { Shown } from "./shown-text";

/** Whether a message was written before its guest began the session that they are in. */
export const isOfFormerSession = (writtenAt: string, chat: Pick<LabChatView, "sessionSince"> | undefined) =>
  chat !== undefined && chat.sessionSince !== null && Date.parse(writtenAt) < Date.parse(chat.sessionSince);

type Asked = { text: string; send: () => void };

/** Asks before an uncertain message is sent in another session than the one in which it was written. */
export function useNewSessionQuestion() {
  const [asked, ask] = useState<Asked | null>(null);
  const question = asked && (
    <Question
      title="Send it into the new conversation?"
      size={440}
      stay="Cancel"
      onStay={() => ask(null)}
      act="Send again"
      onAct={() => {
        ask(null);
        asked.send();
      }}
    >
      <Text size="sm" lineClamp={4}>
        “<Shown text={asked.text} />”
      </Text>
      <Text size="sm">
        The guest wrote this in a session that they have left since, and it is not known whether it arrived there. Sent
        again, it goes into the conversation of their present session. If it did arrive, the org then has it in both.
      </Text>
    </Question>
  );
  return { ask, question };
}
