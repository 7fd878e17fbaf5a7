import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { DraftBodies } from "../../draft-bodies";
import { count } from "../../format";
import type { Scalar } from "../../ipc/bindings";
import { FormDialog } from "../../parts/dialogs";
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
      email: (email) =>
        email.trim() === "" || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim())
          ? null
          : "Write it as name@example.com, or leave it empty.",
      attributes: {
        key: (key, values) =>
          key.trim() === ""
            ? "Name the attribute, or remove the line."
            : values.attributes.filter((other) => other.key.trim() === key.trim()).length > 1
              ? "This key is there twice."
              : null,
      },
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
      {form.values.attributes.map((line, place) => (
        <Group key={line.id} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            flex={2}
            aria-label={`Key of attribute ${place + 1}`}
            placeholder="Key"
            {...form.getInputProps(`attributes.${place}.key`)}
          />
          <TextInput
            flex={3}
            aria-label={`Value of attribute ${place + 1}`}
            placeholder="Value"
            {...form.getInputProps(`attributes.${place}.value`)}
          />
          <ActionIcon
            aria-label={`Remove attribute ${place + 1}`}
            onClick={() => form.removeListItem("attributes", place)}
          >
            <IconX size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={13} aria-hidden />}
          onClick={() => form.insertListItem("attributes", { id: crypto.randomUUID(), key: "", value: "" })}
        >
          Add attribute
        </Button>
      </Group>
    </FormDialog>
  );
}
