import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useDraft } from "../../drafts";
import type { GuestView } from "../../ipc/bindings";
import { FormDialog } from "../../parts/dialogs";
import { NumberField } from "../../parts/number-field";
import { numberOf } from "../../parts/numbers";
import { shown } from "../../parts/shown";
import { tell } from "../../parts/tell";
import { useCancel } from "../../parts/use-cancel";
import { useCommand, useRanges } from "../../queries";
import { asTyped } from "./staging";

type Props = { guest: GuestView; opened: boolean; onClose: () => void };

const one = { interaction: "message", by: "1" };

/** Counts an interaction when a person records it; a delivered message is never counted by itself. */
export function InteractionModal({ guest, opened, onClose }: Props) {
  // Kept for retries, so that the same interaction is counted once.
  const [writeId, setWriteId] = useState(() => crypto.randomUUID());
  const draft = useDraft({ kind: "interaction", id: guest.id, title: guest.name, first: one });
  const { interaction: kind, by } = draft.value;
  const { interactions: range } = useRanges();
  const amount = numberOf(range, by);
  const record = useCommand(
    (core, input: { kind: string; by: number }) => core.guestInteraction(writeId, guest.id, input.kind, input.by),
    {
      stale: ["guests"],
      failure: "inline",
      done: (saved) => {
        setWriteId(crypto.randomUUID());
        draft.clear();
        onClose();
        const total = asTyped(saved.attributes.totalInteractions ?? 0);
        tell("Interaction recorded", `${shown(saved.name)} has ${total} interactions.`);
      },
    },
  );
  const cancel = useCancel(draft, onClose);
  return (
    <FormDialog
      opened={opened}
      title="Record an interaction"
      size={400}
      purpose="Raises totalInteractions, and sets lastInteractionType and lastUpdated. Other attributes stay as they are."
      problem={record.error}
      submit="Record"
      disabled={amount === null || !kind.trim()}
      loading={record.isPending}
      onSubmit={() => amount !== null && kind.trim() && record.mutate({ kind: kind.trim(), by: amount })}
      onClose={onClose}
      onCancel={cancel}
    >
      <TextInput
        label="Interaction type"
        value={kind}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          draft.set((old) => ({ ...old, interaction: typed }));
        }}
        error={kind.trim() ? null : "Say what it was, for example message."}
        data-autofocus
      />
      <NumberField
        range={range}
        label="How many"
        value={by}
        onType={(typed) => draft.set((old) => ({ ...old, by: typed }))}
      />
    </FormDialog>
  );
}
