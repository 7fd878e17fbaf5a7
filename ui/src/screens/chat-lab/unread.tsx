import { VisuallyHidden } from "@mantine/core";
import { count, countOf } from "../../format";
import type { LabChatView } from "../../ipc/bindings";
import classes from "./chat-lab.module.css";
import { useUnread } from "./use-seen";

/** How many replies of a chat nobody has seen yet; nothing where all are seen. */
export function Unread({ chat }: { chat: LabChatView }) {
  const unread = useUnread(chat);
  if (unread === 0) return null;
  return (
    <span className={classes.unread} title={countOf(unread, "new message")}>
      <span aria-hidden>{count(unread)}</span>
      <VisuallyHidden>, {countOf(unread, "new message")}</VisuallyHidden>
    </span>
  );
}
