import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useRef } from "react";
import { useDraft } from "../../drafts";
import type { LabChatView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { MessageField, MessageLength, useMessageLength } from "../../parts/message-field";
import { shown } from "../../parts/shown";
import { useCommand } from "../../queries";
import { chatName, chatStates } from "../../states/chat";
import classes from "./chat-lab.module.css";
import { sizeWords } from "./content";

/** In milliseconds; the other side is told at most this often that the guest is writing. */
const TYPING = 5_000;

/** Writes as the guest of a chat, and sends files. */
export function LabComposer({ chat }: { chat: LabChatView }) {
  const draft = useDraft({ kind: "labMessage", id: chat.id, title: chatName(chat), first: { text: "" } });
  const { text } = draft.value;
  const told = useRef(0);
  const typing = useCommand((core) => core.labAct(chat.id, "typing"), { failure: "inline" });
  const say = useCommand((core, line: { id: string; text: string }) => core.labSay(chat.id, line.id, line.text), {
    scope: `lab ${chat.id}`,
    failure: "inline",
    stale: ["chatLab"],
    // Nothing was taken: it stands in the field again, before what was typed since.
    failed: (_problem, line) =>
      draft.set((old) => ({ text: old.text === "" ? line.text : `${line.text}\n${old.text}` })),
  });
  const attach = useCommand(
    async (core) => {
      const file = await core.labFileChoose();
      if (file !== null) await core.labAttach(chat.id, crypto.randomUUID(), file.handle, null);
    },
    { scope: `lab ${chat.id}`, failure: "inline", stale: ["chatLab"] },
  );
  const { writable, over } = chatStates[chat.state];
  const length = useMessageLength(text);
  const ready = writable && text.trim() !== "" && !length.over;
  const files = chat.offers?.attachments !== false;

  function send() {
    if (!ready) return;
    say.mutate({ id: crypto.randomUUID(), text });
    draft.set({ text: "" });
  }

  function type(typed: string) {
    draft.set({ text: typed });
    const now = Date.now();
    if (chat.state !== "ready" || typed === "" || now - told.current < TYPING) return;
    told.current = now;
    typing.mutate();
  }

  return (
    <div className={classes.foot}>
      <FailureNotice problem={say.error ?? attach.error} mb="xs" />
      <MessageField
        label={`Message of ${shown(chatName(chat))}`}
        placeholder={writable ? "Write as the guest" : over ? "The chat is over" : "Needs a new session"}
        disabled={!writable}
        text={text}
        length={length}
        ready={ready}
        onType={type}
        onSend={send}
      >
        <Tooltip label={files ? filesWords(chat) : "The deployment takes no files"}>
          <ActionIcon
            size={30}
            aria-label="Send a file"
            disabled={!writable || !files}
            loading={attach.isPending}
            onClick={() => attach.mutate()}
          >
            <IconPaperclip size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </MessageField>
      <MessageLength length={length} mt={4} ta="end" />
    </div>
  );
}

/** What may be sent, as the deployment says. */
function filesWords({ offers }: LabChatView): string {
  const kinds = offers?.attachmentTypes.join(", ");
  const most = offers?.attachmentKib ? `, up to ${sizeWords(offers.attachmentKib * 1_024)}` : "";
  return `Sends a file${kinds ? `: ${kinds}` : ""}${most}`;
}
