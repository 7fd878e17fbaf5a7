import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { DraftBodies } from "../../draft-bodies";
import { byteLength, count } from "../../format";
import type { LabChatView, LabOverview } from "../../ipc/bindings";
import { FormDialog } from "../../parts/dialogs";
import { Note } from "../../parts/note";
import { useCancel } from "../../parts/use-cancel";
import { useCommand } from "../../queries";
import { useDraftForm } from "../../use-draft-form";

type Values = DraftBodies["labChat"];

/** What the org takes of name, e-mail and attributes together, in bytes of JSON. */
const MOST = 2_048;

type Props = {
  lab: LabOverview;
  /** A chat whose guest is played again. */
  again: LabChatView | null;
  onClose: () => void;
  onStarted: (chat: string) => void;
};

/** Plays a guest of a deployment: they are connected as a web page would connect them. */
export function StartLabChat({ lab, again, onClose, onStarted }: Props) {
  const { form, draft } = useDraftForm<Values, Values>({
    kind: "labChat",
    title: "A new guest",
    first: firstOf(lab, again),
    keep: (values) => values,
    validate: {
      deployment: (id) => (id.trim() === "" ? "Name the deployment, as its page in the org's admin says." : null),
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
      core.labStart({
        deployment: values.deployment.trim() || null,
        pageOrigin: values.origin.trim() || null,
        name: values.name.trim(),
        email: values.email.trim(),
        attributes: attributesOf(values),
      }),
    {
      stale: ["chatLab"],
      failure: "inline",
      done: (chat) => {
        draft.clear();
        onStarted(chat.id);
      },
    },
  );
  const { name, email } = form.values;
  const bytes = byteLength(JSON.stringify({ name, email, ...attributesOf(form.values) }));
  const cancel = useCancel(draft, onClose);
  return (
    <FormDialog
      title="Play a guest"
      size={460}
      purpose="The guest is connected to the deployment as a page of yours would connect them. Guests made here carry a mark, by which they are found and removed."
      problem={start.error}
      submit="Start chat"
      disabled={bytes > MOST}
      loading={start.isPending}
      onSubmit={form.onSubmit((values) => start.mutate(values))}
      onClose={onClose}
      onCancel={cancel}
    >
      <TextInput label="Name" placeholder="Anonymous Guest" data-autofocus {...form.getInputProps("name")} />
      <TextInput label="E-mail" placeholder="Optional" type="email" {...form.getInputProps("email")} />
      <TextInput label="Deployment" spellCheck={false} {...form.getInputProps("deployment")} />
      <TextInput
        label="Address of the page"
        description="Sent as the origin, such as https://shop.example. Many deployments take guests of certain pages only."
        placeholder="Optional"
        spellCheck={false}
        {...form.getInputProps("origin")}
      />
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
      <Group justify="space-between">
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={13} aria-hidden />}
          onClick={() => form.insertListItem("attributes", { id: crypto.randomUUID(), key: "", value: "" })}
        >
          Add attribute
        </Button>
        <Bytes bytes={bytes} />
      </Group>
    </FormDialog>
  );
}

/** How much of what the org takes is used, once that comes near its end. */
function Bytes({ bytes }: { bytes: number }) {
  if (bytes < MOST * 0.85) return null;
  return (
    <Note warm={bytes > MOST} role="status">
      {count(bytes)} of {count(MOST)} bytes{bytes > MOST && ": shorten a value or remove an attribute"}
    </Note>
  );
}

function firstOf(lab: LabOverview, again: LabChatView | null): Values {
  return {
    name: again?.name ?? "",
    email: again?.email ?? "",
    deployment: again?.deployment ?? lab.deployment ?? "",
    origin: again?.pageOrigin ?? lab.pageOrigin ?? "",
    attributes: Object.entries(again?.attributes ?? {}).map(([key, value]) => ({ id: key, key, value })),
  };
}

const attributesOf = ({ attributes }: Values) =>
  Object.fromEntries(attributes.map(({ key, value }): [string, string] => [key.trim(), value]));
