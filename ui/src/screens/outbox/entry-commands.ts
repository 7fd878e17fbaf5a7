import { useCallback, useMemo, useState } from "react";
import type { EntryView } from "../../ipc/bindings";
import { useOfferUndo } from "../../parts/undo";
import { useCommand } from "../../queries";
import { PERHAPS, tellLate, tellOne } from "./answers";
import { useOrderQuestion } from "./out-of-order";

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
  const begin = useCallback(({ id }: EntryView) => setUnderWay((old) => new Set(old).add(id)), []);
  const over = ({ id }: EntryView) => setUnderWay((old) => new Set([...old].filter((other) => other !== id)));
  const offerUndo = useOfferUndo();
  const order = useOrderQuestion<Retry>(({ entry }) => {
    begin(entry);
    retry.mutate({ entry, outOfOrder: true });
  });
  const retry = useCommand((core, { entry, outOfOrder }: Retry) => core.outboxRetry(entry.id, outOfOrder), {
    stale: ["outbox"],
    failure: "inline",
    done: (answer, { entry }) => {
      over(entry);
      const title = entry.state === "dead" ? "Sent again" : "Sent now";
      tellOne(answer, title, `In time: message ${entry.seq} goes as soon as its turn comes.`);
    },
    failed: (problem, wish) => {
      over(wish.entry);
      order.failed(problem, wish);
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
  const commands = useMemo(
    (): EntryCommands => ({
      retry: (entry) => {
        begin(entry);
        retry.mutate({ entry, outOfOrder: false });
      },
      discard: (entry) => {
        begin(entry);
        discard.mutate(entry);
      },
      edit,
    }),
    [begin, retry.mutate, discard.mutate, edit],
  );
  return { commands, underWay, question: order.question };
}
