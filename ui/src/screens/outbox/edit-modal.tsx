import { Alert, Button, CopyButton, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDraft } from "../../drafts";
import { byteLength, count } from "../../format";
import type { EntryView } from "../../ipc/bindings";
import { DialogFoot } from "../../parts/dialog-foot";
import { fixedWords } from "../../parts/outbox-answers";
import { tell } from "../../parts/tell";
import { useCancel } from "../../parts/use-cancel";
import { keys, useAsk, useCommand, useLimits } from "../../queries";
import { useOrderQuestion } from "./out-of-order";

/** Another text for a message that has not gone yet. What was typed stays until it was taken or a person discards it. */
export function EditModal({ entry, onClose }: { entry: EntryView; onClose: () => void }) {
  const title = `Message ${entry.seq} of the outbox`;
  const draft = useDraft({ kind: "outboxEdit", id: entry.id, title, first: { entry, text: entry.text } });
  const { text } = draft.value;
  const { messageBytes } = useLimits();
  // The message as it stands now: the draft may be older than its delivery.
  const messages = useAsk(keys.messages(entry.conversationId), (core) => core.chatMessages(entry.conversationId));
  const fixed = messages.data ? fixedWords(messages.data.find(({ id }) => id === entry.id)) : null;
  const bytes = byteLength(text);
  const over = bytes > messageBytes;
  const order = useOrderQuestion(() => save.mutate(true));
  const save = useCommand((core, outOfOrder: boolean) => core.outboxEdit(entry.id, text, outOfOrder), {
    stale: ["outbox"],
    failure: "inline",
    failed: order.failed,
    done: ({ inTime }) => {
      if (!inTime) return;
      tell("Message changed", "In time: it goes with its new text.", "gray");
      draft.clear();
      onClose();
    },
  });
  const refused = save.data?.inTime === false ? "This message was or may have been sent already" : null;
  const why = fixed ?? refused;
  const cancel = useCancel(draft, onClose);
  return (
    <Modal opened onClose={onClose} title={`Edit message ${entry.seq}`} size={480}>
      <Stack gap="sm">
        {why !== null && (
          <Alert color="yellow" title="Too late">
            <Text size="xs">
              {why}; {draft.begun ? "the text below was not sent. Copy it or discard it." : "its text stays as it is."}
            </Text>
          </Alert>
        )}
        <Textarea
          aria-label="Text of the message"
          autosize
          minRows={3}
          maxRows={12}
          value={text}
          onChange={(event) => draft.set({ entry, text: event.currentTarget.value })}
          error={over ? `At most ${count(messageBytes)} bytes; this has ${count(bytes)}.` : null}
          data-autofocus
        />
        <DialogFoot>
          <Button variant="default" onClick={cancel}>
            {why !== null && draft.begun ? "Discard" : "Cancel"}
          </Button>
          {why !== null && draft.begun && (
            <CopyButton value={text} timeout={1500}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? "Copied" : "Copy text"}
                </Button>
              )}
            </CopyButton>
          )}
          <Button
            disabled={fixed !== null || over || text.trim() === "" || text === entry.text}
            loading={save.isPending}
            onClick={() => save.mutate(false)}
          >
            Save message
          </Button>
        </DialogFoot>
      </Stack>
      {order.question}
    </Modal>
  );
}
