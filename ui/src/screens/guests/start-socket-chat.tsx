import { Anchor, Text } from "@mantine/core";
import { useState } from "react";
import type { GuestToPlay } from "../../draft-bodies";
import type { LabOverview } from "../../ipc/bindings";
import type { ChatOf } from "../../parts/actions";
import { FormDialog } from "../../parts/dialogs";
import { attributesOf, isTooLong, PlayedGuestFields, playedGuestRules } from "../../parts/played-guest";
import { useShowChat } from "../../parts/show-chat";
import { useCancel } from "../../parts/use-cancel";
import { useCommand, useStatusOf } from "../../queries";
import { screenHref } from "../../routes";
import { useDraftForm } from "../../use-draft-form";

type Props = { lab: LabOverview; of: ChatOf | null; onClose: () => void };

/** Plays a guest where the org takes them in by the guest socket of a deployment, and shows the chat. */
export function StartSocketChat({ lab, of, onClose }: Props) {
  const isOnline = useStatusOf(({ online }) => online.switchedOn);
  const showChat = useShowChat();
  // Made once per chat and kept for retries, so that the same request twice starts one chat.
  const [chatId] = useState(() => crypto.randomUUID());
  const { form, draft } = useDraftForm<GuestToPlay, GuestToPlay>({
    kind: "chat",
    title: "A new chat",
    first: {
      name: of?.name ?? "",
      email: of?.email ?? "",
      deployment: lab.deployment ?? "",
      origin: lab.pageOrigin ?? "",
      attributes: [],
    },
    keep: (values) => values,
    validate: playedGuestRules,
  });
  const start = useCommand(
    (core, values: GuestToPlay) =>
      core.chatStart({
        guestId: chatId,
        name: values.name.trim() || null,
        email: values.email.trim() || null,
        attributes: attributesOf(values),
        deployment: values.deployment.trim(),
        pageOrigin: values.origin.trim() || null,
      }),
    {
      stale: ["chatLab"],
      failure: "inline",
      done: (chat) => {
        draft.clear();
        onClose();
        showChat(chat.conversationId);
      },
    },
  );
  const cancel = useCancel(draft, onClose);
  return (
    <FormDialog
      title="Start a chat"
      size={460}
      purpose="You play the guest: a session begins in the deployment, as a page of yours would begin it. The org makes contact and conversation with the first message, which takes name, e-mail and attributes along."
      problem={start.error}
      submit="Start chat"
      disabled={isTooLong(form.values) || !isOnline}
      loading={start.isPending}
      onSubmit={form.onSubmit((values) => start.mutate(values))}
      onClose={onClose}
      onCancel={cancel}
    >
      {lab.deployment === null && (
        <Text size="xs" c="var(--ink-warm)">
          This connection names no deployment. Name one below for this chat, or add it to the connection in{" "}
          <Anchor href={screenHref("settings")} size="xs" underline="always" onClick={onClose}>
            Settings
          </Anchor>
          .
        </Text>
      )}
      {!isOnline && (
        <Text size="xs" c="var(--ink-warm)" role="status">
          The console is switched offline. Go online to start a chat; what is typed here is kept.
        </Text>
      )}
      <PlayedGuestFields form={form} />
    </FormDialog>
  );
}
