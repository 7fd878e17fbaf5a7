import { Button, Modal, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useDraft } from "../../drafts";
import { byteLength, count } from "../../format";
import type { EntryView } from "../../ipc/bindings";
import { DialogFoot } from "../../parts/dialog-foot";
import { failureToast } from "../../parts/failure-toast";
import { useCancel } from "../../parts/use-cancel";
import { useCommand } from "../../queries";
import { tell, tellLate } from "./answers";
import { asksAboutOrder, OutOfOrderModal } from "./out-of-order";

/** What the org takes at most. */
const MOST = 4096;

export function EditModal({ entry, onClose }: { entry: EntryView; onClose: () => void }) {
  const title = `Message ${entry.seq} of the outbox`;
  const draft = useDraft({ kind: "outboxEdit", id: entry.id, title, first: { entry, text: entry.text } });
  const { text } = draft.value;
  const bytes = byteLength(text);
  const over = bytes > MOST;
  const [asked, setAsked] = useState(false);
  const save = useCommand((core, outOfOrder: boolean) => core.outboxEdit(entry.id, text, outOfOrder), {
    stale: ["outbox"],
    failure: "inline",
    failed: (problem) => {
      if (asksAboutOrder(problem)) setAsked(true);
      else failureToast(problem);
    },
    done: ({ inTime }) => {
      if (inTime) tell("Message changed", "In time: it goes with its new text.");
      else tellLate("The message was or may have been sent already; it stays as it was.");
      draft.clear();
      onClose();
    },
  });
  const cancel = useCancel(draft, onClose);
  return (
    <Modal opened onClose={onClose} title={`Edit message ${entry.seq}`} size={480}>
      <Stack gap="sm">
        <Textarea
          aria-label="Text of the message"
          autosize
          minRows={3}
          maxRows={12}
          value={text}
          onChange={(event) => draft.set({ entry, text: event.currentTarget.value })}
          error={over ? `At most ${count(MOST)} bytes; this has ${count(bytes)}.` : null}
          data-autofocus
        />
        <DialogFoot>
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
          <Button
            disabled={over || text.trim() === "" || text === entry.text}
            loading={save.isPending}
            onClick={() => save.mutate(false)}
          >
            Save message
          </Button>
        </DialogFoot>
      </Stack>
      {asked && <OutOfOrderModal onSend={() => save.mutate(true)} onClose={() => setAsked(false)} />}
    </Modal>
  );
}
