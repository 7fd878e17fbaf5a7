import { Button, Tooltip } from "@mantine/core";
import { IconMessagePlus } from "@tabler/icons-react";
import { useActions } from "../../parts/actions";
import { keysOf } from "../../parts/shortcuts";
import { useChatRefusal } from "../../queries";

/** Begins a chat as a new guest; where that is not allowed, it says what is missing. */
export function StartChatButton() {
  const { startChat } = useActions();
  const refusal = useChatRefusal();
  return (
    <Tooltip label={keysOf("mod+shift+C")} disabled={refusal !== null}>
      <Button
        flex="none"
        leftSection={<IconMessagePlus size={15} aria-hidden />}
        onClick={startChat}
        disabled={refusal !== null}
        title={refusal ?? undefined}
      >
        Start a chat
      </Button>
    </Tooltip>
  );
}
