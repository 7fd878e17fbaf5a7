import { useEffect, useState } from "react";
import type { LabChatView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import classes from "./chat-lab.module.css";

/** Says that the other side is writing. It keeps its place, so that nothing moves when they begin. */
export function TypingLine({ chat: { agent, typingUntil } }: { chat: LabChatView }) {
  const writing = useIsBefore(typingUntil);
  return (
    <div className={classes.typing} role="status">
      {writing && (
        <>
          <span className={classes.dots} aria-hidden>
            <span />
            <span />
            <span />
          </span>
          {agent === null ? "The other side" : <Shown text={agent} />} is writing
        </>
      )}
    </div>
  );
}

/** Whether that time is still to come. */
function useIsBefore(time: string | null): boolean {
  const [passed, setPassed] = useState<string | null>(null);
  useEffect(() => {
    if (time === null) return;
    const timer = setTimeout(() => setPassed(time), Math.max(0, Date.parse(time) - Date.now()));
    return () => clearTimeout(timer);
  }, [time]);
  return time !== null && passed !== time;
}
