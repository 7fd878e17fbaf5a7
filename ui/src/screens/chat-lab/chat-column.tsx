import { Button, Text } from "@mantine/core";
import type { LabChatView } from "../../ipc/bindings";
import { OrgIds } from "../../parts/org-ids";
import { RelativeTime } from "../../parts/relative-time";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { chatName, chatStates } from "../../states/chat";
import { AgentBox } from "./agent-box";
import { Announced } from "./announced";
import { ChatHead } from "./chat-head";
import classes from "./chat-lab.module.css";
import { LabComposer } from "./lab-composer";
import type { LabDialog } from "./lab-dialog";
import { QuickReplies } from "./quick-replies";
import { Transcript } from "./transcript";
import { offeredReplies } from "./transcript-rows";
import { TypingLine } from "./typing-line";
import { useAnswers } from "./use-answers";
import { useMessageDecisions } from "./use-message-decisions";
import { useSeen } from "./use-seen";
import { useTranscript } from "./use-transcript";

type Props = {
  chat: LabChatView;
  /** The one whose name is chosen: in a narrow window the only one on the screen. */
  current: boolean;
  onCurrent: () => void;
  /** The other side is played below it. */
  agent: boolean;
  /** A file is dragged over it. */
  dropping: boolean;
  inspected: boolean;
  onInspect: () => void;
  onDialog: (dialog: LabDialog) => void;
};

/** A guest who is played: what was said, what can be answered, and where they write. */
export function ChatColumn({ chat, current, onCurrent, agent, dropping, inspected, onInspect, onDialog }: Props) {
  const transcript = useTranscript(chat);
  const { column, onEnd } = useSeen(chat);
  const { writable, over } = chatStates[chat.state];
  const answers = useAnswers(chat.id);
  const { decide, question } = useMessageDecisions(chat);
  const name = shown(chatName(chat));
  const replies = offeredReplies(transcript.tail ?? []);
  return (
    <>
      <section
        ref={column}
        className={classes.column}
        aria-label={`Chat of ${name}`}
        data-shown={current || undefined}
        data-chat={chat.id}
        data-chat-state={chat.state}
        onFocus={onCurrent}
      >
        <ChatHead chat={chat} inspected={inspected} onInspect={onInspect} onDialog={onDialog} />
        {chat.org && (
          <div className={classes.ids}>
            <OrgIds org={chat.org} />
          </div>
        )}
        {chat.state !== "ready" && chat.state !== "connecting" && (
          <div className={classes.told} role="status">
            <Text size="xs" c={over ? "dimmed" : "var(--ink-warm)"}>
              <Shown text={chat.words} />
              {chat.nextTry && (
                <>
                  {" "}
                  Next try <RelativeTime time={chat.nextTry} />.
                </>
              )}
            </Text>
            {(over || chat.state === "readOnly") && (
              <Button
                mt={4}
                size="compact-xs"
                variant="default"
                onClick={() => onDialog(over ? { kind: "again", chat } : { kind: "newSession", chat })}
              >
                {over ? "Start again as a new guest…" : "New session…"}
              </Button>
            )}
          </div>
        )}
        <Transcript
          label={`Transcript of ${name}`}
          {...transcript}
          onEnd={onEnd}
          writable={writable}
          answers={answers}
          guest={name}
          decide={decide}
        />
        <TypingLine chat={chat} />
        {writable && !answers.isGiven(replies.message) && <QuickReplies {...replies} onAnswer={answers.give} />}
        <LabComposer chat={chat} />
        {agent && !over && <AgentBox chat={chat} />}
        {dropping && !over && <div className={classes.drop}>Drop to send it as {name}</div>}
      </section>
      {question}
      <Announced chat={chat} name={name} tail={transcript.tail ?? []} />
    </>
  );
}
