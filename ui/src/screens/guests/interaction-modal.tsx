import { Button, Modal, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { GuestView } from "../../ipc/bindings";
import { DialogFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { useCommand } from "../../queries";

type Props = { guest: GuestView; opened: boolean; onClose: () => void };

/** Counts an interaction by a person's word; deliveries never do. */
export function InteractionModal({ guest, opened, onClose }: Props) {
  // Kept for retries, so that the same interaction is counted once.
  const [writeId, setWriteId] = useState(() => crypto.randomUUID());
  const [kind, setKind] = useState("message");
  const [by, setBy] = useState<number | string>(1);
  const amount = typeof by === "number" && Number.isInteger(by) && by >= 1 && by <= 1_000_000 ? by : null;
  const record = useCommand(
    (core, input: { kind: string; by: number }) => core.guestInteraction(writeId, guest.id, input.kind, input.by),
    {
      stale: ["guests"],
      failure: "inline",
      done: (saved) => {
        setWriteId(crypto.randomUUID());
        setBy(1);
        onClose();
        notifications.show({
          color: "teal",
          title: "Interaction recorded",
          message: `${shown(saved.name)} has ${saved.attributes.totalInteractions ?? 0} interactions.`,
        });
      },
    },
  );
  return (
    <Modal opened={opened} onClose={onClose} title="Record an interaction" size={400}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (amount !== null && kind.trim()) record.mutate({ kind: kind.trim(), by: amount });
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            Raises totalInteractions, and sets lastInteractionType and lastUpdated. Other attributes stay as they are.
          </Text>
          <TextInput
            label="Interaction type"
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value)}
            error={kind.trim() ? null : "Say what it was, for example message."}
            data-autofocus
          />
          <NumberInput
            label="How many"
            value={by}
            onChange={setBy}
            min={1}
            max={1_000_000}
            allowDecimal={false}
            error={amount === null ? "A whole number from 1 to 1,000,000." : null}
          />
          {record.error !== null && <FailureNotice problem={record.error} />}
          <DialogFoot>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={record.isPending} disabled={amount === null || !kind.trim()}>
              Record
            </Button>
          </DialogFoot>
        </Stack>
      </form>
    </Modal>
  );
}
