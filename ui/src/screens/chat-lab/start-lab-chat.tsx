import type { GuestToPlay } from "../../draft-bodies";
import type { LabChatView, LabOverview } from "../../ipc/bindings";
import { FormDialog } from "../../parts/dialogs";
import { attributesOf, isTooLong, PlayedGuestFields, playedGuestRules } from "../../parts/played-guest";
import { useCancel } from "../../parts/use-cancel";
import { useCommand } from "../../queries";
import { useDraftForm } from "../../use-draft-form";

type Props = {
  lab: LabOverview;
  /** A chat whose guest is played again. */
  again: LabChatView | null;
  onClose: () => void;
  onStarted: (chat: string) => void;
};

/** Plays a guest of a deployment: they are connected as a web page would connect them. */
export function StartLabChat({ lab, again, onClose, onStarted }: Props) {
  const { form, draft } = useDraftForm<GuestToPlay, GuestToPlay>({
    kind: "labChat",
    title: "A new guest",
    first: firstOf(lab, again),
    keep: (values) => values,
    validate: playedGuestRules,
  });
  const start = useCommand(
    (core, values: GuestToPlay) =>
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
  const cancel = useCancel(draft, onClose);
  return (
    <FormDialog
      title="Play a guest"
      size={460}
      purpose="The guest is connected to the deployment as a page of yours would connect them. Guests made here carry a mark: the command “innkeeper lab clean” deletes all who have it."
      problem={start.error}
      submit="Start chat"
      disabled={isTooLong(form.values)}
      loading={start.isPending}
      onSubmit={form.onSubmit((values) => start.mutate(values))}
      onClose={onClose}
      onCancel={cancel}
    >
      <PlayedGuestFields form={form} />
    </FormDialog>
  );
}

function firstOf(lab: LabOverview, again: LabChatView | null): GuestToPlay {
  return {
    name: again?.name ?? "",
    email: again?.email ?? "",
    deployment: again?.deployment ?? lab.deployment ?? "",
    origin: again?.pageOrigin ?? lab.pageOrigin ?? "",
    attributes: Object.entries(again?.attributes ?? {}).map(([key, value]) => ({ id: key, key, value })),
  };
}
