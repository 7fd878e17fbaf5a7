import { Modal, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { countOf } from "../../format";
import type { LabAct, LabChatView } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { FormDialog, Question } from "../../parts/dialogs";
import { Note } from "../../parts/note";
import { SaveFile } from "../../parts/save-file";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useCommand } from "../../queries";
import { chatName } from "../../states/chat";

const questions = {
  newSession: {
    title: "Begin a new session?",
    words:
      "The guest leaves their session for a new one, as on a page that was opened anew. The conversation so far is over for them; what was written stays in the transcript.",
    unsent: (many: string) => `${many} not been sent: they go into the new session.`,
    act: "New session",
  },
  clear: {
    title: "Clear the conversation?",
    words:
      "The org is asked to forget the conversation for this guest and to end it. This cannot be taken back; the transcript here stays.",
    unsent: (many: string) => `${many} not been sent. Take them back first if they shall not be sent any more.`,
    act: "Clear",
  },
  end: {
    title: "End the chat?",
    words:
      "What is on its way is sent, then the guest leaves. Their session token is forgotten here; the transcript stays until it is removed.",
    unsent: (many: string) =>
      `${many} not been sent: they are taken back and never reach the org. Stay to send them first.`,
    act: "End chat",
  },
} satisfies Partial<Record<LabAct, { title: string; words: string; unsent: (many: string) => string; act: string }>>;

type AskedProps = { asked: keyof typeof questions; chat: LabChatView; onClose: () => void };

/** Asks before something is done to a chat that cannot be taken back. */
export function ChatQuestion({ asked, chat, onClose }: AskedProps) {
  const { title, words, unsent, act } = questions[asked];
  const command = useCommand((core) => core.labAct(chat.id, asked), {
    stale: ["chatLab"],
    failure: "inline",
    done: onClose,
  });
  return (
    <Question
      title={title}
      size={420}
      problem={command.error}
      loading={command.isPending}
      onStay={onClose}
      act={act}
      onAct={() => command.mutate()}
    >
      <Text size="sm">
        <b>
          <Shown text={chatName(chat)} />
        </b>
        : {words}
      </Text>
      {chat.unsent > 0 && (
        <Note warm role="status">
          {unsent(`${countOf(chat.unsent, "message")} ${chat.unsent === 1 ? "has" : "have"}`)}
        </Note>
      )}
    </Question>
  );
}

type SaveProps = { chat: LabChatView; onClose: () => void };

const fileName = (chat: LabChatView) =>
  shown(chatName(chat))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "chat";

/** Writes the chat as a scenario that expects what came in it. */
export function SaveScenario({ chat, onClose }: SaveProps) {
  const [name, setName] = useState(`Chat of ${shown(chatName(chat))}`);
  const save = useCommand((core) => core.labScenarioSave(chat.id, name.trim(), `${fileName(chat)}.yaml`), {
    failure: "inline",
  });
  const saved = save.data ?? null;
  const ready = name.trim() !== "" && saved === null;
  return (
    <FormDialog
      title="Save as a scenario"
      size={460}
      purpose="What was written as the guest becomes steps, and what came becomes what is waited for. It passes when the other side answers the same."
      problem={save.error}
      submit="Choose a place…"
      disabled={!ready}
      loading={save.isPending}
      onSubmit={() => ready && save.mutate()}
      onClose={onClose}
      onCancel={onClose}
      cancel={saved === null ? "Cancel" : "Done"}
    >
      <TextInput
        label="Name of the scenario"
        value={name}
        disabled={saved !== null}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      {saved !== null && (
        <div role="status">
          <Text size="sm">{countOf(saved.steps, "step")} written.</Text>
          {saved.leftOut.map((words) => (
            <Note key={words} warm>
              Left out: <Shown text={words} />
            </Note>
          ))}
          <CopyText text={saved.file} label="Copy the path" />
        </div>
      )}
    </FormDialog>
  );
}

/** Writes every frame that is kept of a chat, a line of JSON each. */
export function ExportFrames({ chat, onClose }: SaveProps) {
  return (
    <Modal opened onClose={onClose} title="Export the frames" size={460}>
      <SaveFile
        name={`${fileName(chat)}-frames.jsonl`}
        description={`${countOf(chat.frames, "frame")}, a line of JSON each. Tokens and addresses of files are masked; the texts are in it.`}
        submit="Export"
        save={(core, file, elsewhere) =>
          elsewhere ? core.labFramesExportElsewhere(chat.id, file) : core.labFramesExport(chat.id, file)
        }
        pathOf={({ file }) => file}
        written={({ exported }) => <Text size="sm">{countOf(exported, "frame")} written.</Text>}
        onClose={onClose}
      />
    </Modal>
  );
}
