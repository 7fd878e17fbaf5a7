import { useMemo } from "react";
import type { InTime, Topic } from "../../ipc/bindings";
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
  /** Sends an uncertain message again: it may then be there twice. */
  again: (id: string) => void;
};

/** What a person decides about messages of a chat that are not delivered. They stand in the outbox. */
export function useMessageDecisions(chat: string): MessageDecisions {
  const offerUndo = useOfferUndo();
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
  return useMemo(
    () => ({
      discard: (id, text) => discard.mutate({ id, text }),
      retry: retry.mutate,
      arrived: arrived.mutate,
      again: again.mutate,
    }),
    [discard.mutate, retry.mutate, arrived.mutate, again.mutate],
  );
}
