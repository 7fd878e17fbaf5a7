import { VisuallyHidden } from "@mantine/core";
import type { LabChatView, LabRowView } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { chatStates, deliveries, senders } from "../../states/chat";

type Props = { chat: LabChatView; name: string; tail: LabRowView[] };

/** Read out when it changes, for whoever does not see it: what came last, how far the guest's last message is, and where the chat stands. */
export function Announced({ chat, name, tail }: Props) {
  const came = tail.findLast(({ kind }) => kind === "agent" || kind === "bot");
  const own = tail.findLast(({ kind }) => kind === "guest");
  return (
    <VisuallyHidden aria-live="polite" data-announced={chat.id}>
      <p>
        {name}: {chatStates[chat.state].name}
      </p>
      {own?.delivery && (
        <p key={own.number}>
          Message of {name}: {deliveries[own.delivery].words}
        </p>
      )}
      {came && (
        <p key={came.number}>
          {came.nickname === null ? senders[came.kind === "bot" ? "bot" : "agent"] : shown(came.nickname)} to {name}:{" "}
          {came.text === null ? "something to choose from, or a file" : shown(came.text)}
        </p>
      )}
    </VisuallyHidden>
  );
}
