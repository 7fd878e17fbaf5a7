import { useCallback, useMemo, useRef } from "react";
import type { InTime, LabChatView, Topic } from "../../ipc/bindings";
import { isOfFormerSession, useNewSessionQuestion } from "../../parts/new-session-question";
import { PERHAPS, tellLate } from "../../parts/outbox-answers";
import { useOfferUndo } from "../../parts/undo";
import { useCommand } from "../../queries";

const STALE: Topic[] = ["chatLab", "outbox"];

export type MessageDecisions = {
  /** Takes a message back that waits; it can be put back. */
  discard: (id: string, text: string) => void;
  /** Sends a message again that was refused. */
  retry: (id: string) => void;
  /** A person says that an uncertain message arrived. */
  arrived: (id: string) => void;
  /** Sends an uncertain message again: it may then be there twice. One of a former session is asked about. */
  again: (id: string, message: Written) => void;
  /** Whether a message that is sent again goes into another conversation than the one it was written in. */
  goesElsewhere: (message: Written) => boolean;
};

/** A message as it was written, and when. */
type Written = { text: string | null; at: string };

/** In milliseconds; two presses in this time are one of a person who presses twice. */
const TWICE = 600;

/** Does something for a message, unless that message was decided about just now. */
function useOnce() {
  const decided = useRef(new Map<string, number>());
  return useCallback((id: string, act: () => void) => {
    const now = performance.now();
    if (now - (decided.current.get(id) ?? -TWICE) < TWICE) return;
    decided.current.set(id, now);
    act();
  }, []);
}

/** What a person decides about messages of a chat that are not delivered, and the question that one of them may leave. They
 * stand in the outbox. */
export function useMessageDecisions({ id: chat, sessionSince }: LabChatView) {
  const offerUndo = useOfferUndo();
  const { ask, question } = useNewSessionQuestion();
  const scope = `lab ${chat}`;
  const decided = ({ inTime }: InTime) => {
    if (!inTime) tellLate();
  };
  const retry = useCommand((core, id: string) => core.outboxRetry(id, true), { scope, stale: STALE, done: decided });
  const arrived = useCommand((core, id: string) => core.outboxMarkDelivered(id), {
    scope,
    stale: STALE,
    done: decided,
  });
  const again = useCommand((core, id: string) => core.outboxSendAgain(id), { scope, stale: STALE, done: decided });
  const discard = useCommand((core, { id }: { id: string; text: string }) => core.outboxDiscard(id), {
    scope,
    stale: STALE,
    done: ({ inTime, perhapsSent }, { id, text }) => {
      if (!inTime) tellLate();
      else
        offerUndo({
          id: `discarded ${id}`,
          title: "Message taken back",
          message: perhapsSent ? PERHAPS : `In time: ${text}`,
          undo: { did: "discarded", id },
        });
    },
  });
  const once = useOnce();
  const decide = useMemo((): MessageDecisions => {
    const goesElsewhere = ({ at }: Written) => isOfFormerSession(at, { sessionSince });
    return {
      goesElsewhere,
      discard: (id, text) => once(id, () => discard.mutate({ id, text })),
      retry: (id) => once(id, () => retry.mutate(id)),
      arrived: (id) => once(id, () => arrived.mutate(id)),
      again: (id, message) => {
        if (!goesElsewhere(message)) once(id, () => again.mutate(id));
        else ask({ text: message.text ?? "", send: () => once(id, () => again.mutate(id)) });
      },
    };
  }, [once, ask, sessionSince, discard.mutate, retry.mutate, arrived.mutate, again.mutate]);
  return { decide, question };
}
