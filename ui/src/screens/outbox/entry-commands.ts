import { useMemo, useState } from "react";
import type { EntryView } from "../../ipc/bindings";
import { failureToast } from "../../parts/failure-toast";
import { useOfferUndo } from "../../parts/undo";
import { useCommand } from "../../queries";
import { PERHAPS, tellLate, tellOne } from "./answers";
import { asksAboutOrder } from "./out-of-order";

type Retry = { entry: EntryView; outOfOrder: boolean };

export type EntryCommands = {
  retry: (entry: EntryView) => void;
  discard: (entry: EntryView) => void;
  edit: (entry: EntryView) => void;
};

/** What can be done with an entry, once for a whole list, the ids of those for which it is under way, and the question
 * about the order that one of them may leave. */
export function useEntryCommands(edit: (entry: EntryView) => void) {
  const [underWay, setUnderWay] = useState<ReadonlySet<string>>(new Set());
  const over = ({ id }: EntryView) => setUnderWay((old) => new Set([...old].filter((other) => other !== id)));
  const offerUndo = useOfferUndo();
  const [asked, setAsked] = useState<EntryView | null>(null);
  const retry = useCommand((core, { entry, outOfOrder }: Retry) => core.outboxRetry(entry.id, outOfOrder), {
    stale: ["outbox"],
    failure: "inline",
    done: (answer, { entry }) => {
      over(entry);
      const title = entry.state === "dead" ? "Sent again" : "Sent now";
      tellOne(answer, title, `In time: message ${entry.seq} goes as soon as its turn comes.`);
    },
    failed: (problem, { entry }) => {
      over(entry);
      if (asksAboutOrder(problem)) setAsked(entry);
      else failureToast(problem);
    },
  });
  const discard = useCommand((core, entry: EntryView) => core.outboxDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime, perhapsSent }, entry) => {
      over(entry);
      if (!inTime) tellLate();
      else
        offerUndo({
          id: `discarded ${entry.id}`,
          title: "Message discarded",
          message: perhapsSent ? PERHAPS : `In time: ${entry.text}`,
          undo: { did: "discarded", id: entry.id },
        });
    },
    failed: (_, entry) => over(entry),
  });
  const commands = useMemo((): EntryCommands => {
    const begin = (command: (entry: EntryView) => void) => (entry: EntryView) => {
      setUnderWay((old) => new Set(old).add(entry.id));
      command(entry);
    };
    return {
      retry: begin((entry) => retry.mutate({ entry, outOfOrder: false })),
      discard: begin(discard.mutate),
      edit,
    };
  }, [retry.mutate, discard.mutate, edit]);
  const question = asked && {
    send: () => {
      setUnderWay((old) => new Set(old).add(asked.id));
      retry.mutate({ entry: asked, outOfOrder: true });
    },
    close: () => setAsked(null),
  };
  return { commands, underWay, question };
}
