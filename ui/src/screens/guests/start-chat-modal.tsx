import { TextInput } from "@mantine/core";
import { useState } from "react";
import type { GuestToPlay } from "../../draft-bodies";
import { count } from "../../format";
import type { Scalar } from "../../ipc/bindings";
import type { ChatOf } from "../../parts/actions";
import { AttributeLines } from "../../parts/attribute-lines";
import { FormDialog } from "../../parts/dialogs";
import { guestRules } from "../../parts/guest-rules";
import { attributesOf } from "../../parts/played-guest";
import { useCancel } from "../../parts/use-cancel";
import { keys, useAbilities, useAsk, useCommand, useLimits } from "../../queries";
import { go, guestHref } from "../../routes";
import { useDraftForm } from "../../use-draft-form";
import { StartSocketChat } from "./start-socket-chat";

const empty: GuestToPlay = { name: "", email: "", deployment: "", origin: "", attributes: [] };

type Props = {
  opened: boolean;
  /** Who is played unless the form says otherwise. */
  of: ChatOf | null;
  onClose: () => void;
};

/** Plays a guest in the way that the org takes them in. */
export function StartChatModal({ opened, of, onClose }: Props) {
  const { chatBySocket } = useAbilities();
  const { data: lab } = useAsk(keys.lab, (core) => core.labOverview(), { enabled: opened && chatBySocket });
  if (!chatBySocket) return <StartGuestChat opened={opened} onClose={onClose} />;
  return opened && lab ? <StartSocketChat lab={lab} of={of} onClose={onClose} /> : null;
}

/** Plays a guest: creates them in the org, opens a conversation and shows it. */
function StartGuestChat({ opened, onClose }: Omit<Props, "of">) {
  const { nameCharacters } = useLimits();
  // Made once per chat and kept for retries, so that the same request twice starts one chat.
  const [guestId, setGuestId] = useState(() => crypto.randomUUID());
  const { form, draft } = useDraftForm<GuestToPlay, GuestToPlay>({
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
    (core, values: GuestToPlay) =>
      core.chatStart({
        guestId,
        name: values.name.trim() || null,
        email: values.email.trim() || null,
        attributes: attributesOf(values) satisfies Record<string, Scalar>,
        deployment: null,
        pageOrigin: null,
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
