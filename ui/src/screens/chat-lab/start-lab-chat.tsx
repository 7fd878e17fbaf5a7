import { TextInput } from "@mantine/core";
import type { DraftBodies } from "../../draft-bodies";
import { byteLength, count } from "../../format";
import type { LabChatView, LabOverview } from "../../ipc/bindings";
import { AttributeLines } from "../../parts/attribute-lines";
import { FormDialog } from "../../parts/dialogs";
import { guestRules } from "../../parts/guest-rules";
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
      ...guestRules,
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
      purpose="The guest is connected to the deployment as a page of yours would connect them. Guests made here carry a mark: the command “innkeeper lab clean” deletes all who have it."
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
      <TextInput label="Deployment" required spellCheck={false} {...form.getInputProps("deployment")} />
      <TextInput
        label="Address of the page"
        description="Sent as the origin, such as https://shop.example. Many deployments take guests of certain pages only."
        placeholder="Optional"
        spellCheck={false}
        {...form.getInputProps("origin")}
      />
      <AttributeLines form={form}>
        <Bytes bytes={bytes} />
      </AttributeLines>
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
