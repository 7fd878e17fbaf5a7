import { Button, Modal, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { byteLength, count } from "../../format";
import type { EntryView } from "../../ipc/bindings";
import { DialogFoot } from "../../parts/dialog-foot";
import { useCommand } from "../../queries";
import { tell, tellLate } from "./answers";

/** What the org takes at most. */
const MOST = 4096;

export function EditModal({ entry, onClose }: { entry: EntryView; onClose: () => void }) {
  const [text, setText] = useState(entry.text);
  const bytes = byteLength(text);
  const over = bytes > MOST;
  const save = useCommand((core, next: string) => core.outboxEdit(entry.id, next), {
    stale: ["outbox"],
    done: ({ inTime }) => {
      if (inTime) tell("Message changed", "In time: it goes with its new text.");
      else tellLate("The message was or may have been sent already; it stays as it was.");
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Edit message ${entry.seq}`} size={480}>
      <Stack gap="sm">
        <Textarea
          aria-label="Text of the message"
          autosize
          minRows={3}
          maxRows={12}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={over ? `At most ${count(MOST)} bytes; this has ${count(bytes)}.` : null}
          data-autofocus
        />
        <DialogFoot>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={over || text.trim() === "" || text === entry.text}
            loading={save.isPending}
            onClick={() => save.mutate(text)}
          >
            Save message
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
