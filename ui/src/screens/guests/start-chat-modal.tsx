import { TextInput } from "@mantine/core";
import { useState } from "react";
import type { DraftBodies } from "../../draft-bodies";
import { count } from "../../format";
import type { Scalar } from "../../ipc/bindings";
import { AttributeLines } from "../../parts/attribute-lines";
import { FormDialog } from "../../parts/dialogs";
import { guestRules } from "../../parts/guest-rules";
import { useCancel } from "../../parts/use-cancel";
import { useCommand, useLimits } from "../../queries";
import { go, guestHref } from "../../routes";
import { useDraftForm } from "../../use-draft-form";

type Values = DraftBodies["chat"];

const empty: Values = { name: "", email: "", attributes: [] };

type Props = { opened: boolean; onClose: () => void };

/** Plays a guest: creates them in the org, opens a conversation and shows it. */
export function StartChatModal({ opened, onClose }: Props) {
  const { nameCharacters } = useLimits();
  // Made once per chat and kept for retries, so that the same request twice starts one chat.
  const [guestId, setGuestId] = useState(() => crypto.randomUUID());
  const { form, draft } = useDraftForm<Values, Values>({
    kind: "chat",
    title: "A new chat",
    first: empty,
    keep: (values) => values,
    validate: {
      name: (name) => ([...name].length > nameCharacters ? `At most ${count(nameCharacters)} characters.` : null),
      ...guestRules,
    },
  });
  const start = useCommand(
    (core, values: Values) =>
      core.chatStart({
        guestId,
        name: values.name.trim() || null,
        email: values.email.trim() || null,
        attributes: Object.fromEntries(
          values.attributes.map(({ key, value }): [string, Scalar] => [key.trim(), value]),
        ),
      }),
    {
      stale: ["guests"],
      failure: "inline",
      done: (chat) => {
        setGuestId(crypto.randomUUID());
        draft.clear();
        onClose();
        go(guestHref(chat.guestId, "conversations"));
      },
    },
  );

  const cancel = useCancel(draft, onClose);
  return (
    <FormDialog
      opened={opened}
      title="Start a chat"
      size={440}
      purpose="You play the guest: they are taken in with a session of their own, and a conversation opens."
      problem={start.error}
      submit="Start chat"
      loading={start.isPending}
      onSubmit={form.onSubmit((values) => start.mutate(values))}
      onClose={() => {
        start.reset();
        onClose();
      }}
      onCancel={cancel}
    >
      <TextInput label="Name" placeholder="Anonymous Guest" data-autofocus {...form.getInputProps("name")} />
      <TextInput label="E-mail" placeholder="Optional" type="email" {...form.getInputProps("email")} />
      <AttributeLines form={form} />
    </FormDialog>
  );
}
