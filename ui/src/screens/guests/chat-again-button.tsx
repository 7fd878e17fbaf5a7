import { Button } from "@mantine/core";
import { IconMessagePlus } from "@tabler/icons-react";
import type { GuestView } from "../../ipc/bindings";
import { useReadOnly } from "../../queries";
import { useChatAgain } from "./use-chat-again";

type Props = { guest: GuestView; label?: string; compact?: boolean };

/** Starts the chat of a guest whose session or conversation is over again, as a new guest. */
export function ChatAgainButton({ guest, label = "Start the chat again", compact = false }: Props) {
  const readOnly = useReadOnly();
  const again = useChatAgain(guest);
  return (
    <Button
      variant="default"
      {...(compact ? { mt: 6, size: "compact-xs" } : {})}
      disabled={readOnly}
      loading={again.isPending}
      leftSection={<IconMessagePlus size={compact ? 13 : 14} aria-hidden />}
      onClick={again.start}
    >
      {label}
    </Button>
  );
}
