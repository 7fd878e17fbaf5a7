import { useMemo } from "react";
import type { EntryView } from "../../ipc/bindings";
import { isOfFormerSession, useNewSessionQuestion } from "../../parts/new-session-question";
import { PERHAPS, tellLate, tellOne } from "../../parts/outbox-answers";
import { useOfferUndo } from "../../parts/undo";
import { useCommand, useUnderWay } from "../../queries";
import { useOrderQuestion } from "./out-of-order";

/** An entry; whether a person has agreed that it goes after later messages, or into another session than its own. */
type Target = { entry: EntryView; outOfOrder?: boolean; elsewhere?: boolean };

export type EntryCommands = {
  retry: (entry: EntryView) => void;
  discard: (entry: EntryView) => void;
  edit: (entry: EntryView) => void;
  /** A person says that an uncertain message arrived. */
  arrived: (entry: EntryView) => void;
  /** Sends an uncertain message again: it may then be there twice. One of a former session is asked about. */
  again: (entry: EntryView) => void;
};

const NAME = "entry of the outbox";

/** What can be done with an entry, once for a whole list, the ids of those for which it is under way, and the question
 * that one of them may leave. */
export function useEntryCommands(edit: (entry: EntryView) => void) {
  const underWay = new Set(useUnderWay<Target>(NAME).map(({ entry }) => entry.id));
  const offerUndo = useOfferUndo();
  const order = useOrderQuestion<Target>(({ entry }) => retry.mutate({ entry, outOfOrder: true }));
  const retry = useCommand((core, { entry, outOfOrder = false }: Target) => core.outboxRetry(entry.id, outOfOrder), {
    name: NAME,
    stale: ["outbox"],
    failure: "inline",
    done: (answer, { entry }) => {
      const title = entry.state === "dead" ? "Sent again" : "Sent now";
      tellOne(answer, title, `In time: message ${entry.seq} goes as soon as its turn comes.`);
    },
    failed: order.failed,
  });
  const discard = useCommand((core, { entry }: Target) => core.outboxDiscard(entry.id), {
    name: NAME,
    stale: ["outbox"],
    done: ({ inTime, perhapsSent }, { entry }) => {
      if (!inTime) tellLate();
      else
        offerUndo({
          id: `discarded ${entry.id}`,
          title: "Message discarded",
          message: perhapsSent ? PERHAPS : `In time: ${entry.text}`,
          undo: { did: "discarded", id: entry.id },
        });
    },
  });
  const arrived = useCommand((core, { entry }: Target) => core.outboxMarkDelivered(entry.id), {
    name: NAME,
    stale: ["outbox"],
    done: (answer, { entry }) => tellOne(answer, "Delivered", `Message ${entry.seq} counts as delivered.`),
  });
  const session = useNewSessionQuestion();
  const again = useCommand(
    async (core, { entry, elsewhere = false }: Target) => {
      // A chat of the chat lab has its own id as that of its conversation.
      const { chats } = await core.labOverview();
      const chat = chats.find(({ id }) => id === entry.conversationId);
      const isAsked = !elsewhere && isOfFormerSession(entry.writtenAt, chat);
      return isAsked ? null : core.outboxSendAgain(entry.id);
    },
    {
      name: NAME,
      stale: ["outbox"],
      done: (answer, { entry }) => {
        if (answer === null) {
          session.ask({ text: entry.text, send: () => again.mutate({ entry, elsewhere: true }) });
          return;
        }
        tellOne(answer, "Sent again", `Message ${entry.seq} goes as soon as its turn comes.`);
      },
    },
  );
  const commands = useMemo(
    (): EntryCommands => ({
      retry: (entry) => retry.mutate({ entry }),
      discard: (entry) => discard.mutate({ entry }),
      edit,
      arrived: (entry) => arrived.mutate({ entry }),
      again: (entry) => again.mutate({ entry }),
    }),
    [retry.mutate, discard.mutate, arrived.mutate, again.mutate, edit],
  );
  return { commands, underWay, question: order.question ?? session.question };
}
