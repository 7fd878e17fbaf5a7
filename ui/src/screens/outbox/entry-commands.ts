import { useMemo, useState } from "react";
import type { EntryView } from "../../ipc/bindings";
import { useOfferUndo } from "../../parts/undo";
import { useCommand } from "../../queries";
import { PERHAPS, tellLate, tellOne } from "./answers";

export type EntryCommands = {
  retry: (entry: EntryView) => void;
  discard: (entry: EntryView) => void;
  edit: (entry: EntryView) => void;
};

/** What can be done with an entry, once for a whole list, and the ids of those for which it is under way. */
export function useEntryCommands(edit: (entry: EntryView) => void) {
  const [underWay, setUnderWay] = useState<ReadonlySet<string>>(new Set());
  const over = ({ id }: EntryView) => setUnderWay((old) => new Set([...old].filter((other) => other !== id)));
  const offerUndo = useOfferUndo();
  const retry = useCommand((core, entry: EntryView) => core.outboxRetry(entry.id), {
    stale: ["outbox"],
    done: (answer, entry) => {
      over(entry);
      const title = entry.state === "dead" ? "Sent again" : "Sent now";
      tellOne(answer, title, `In time: message ${entry.seq} goes as soon as its turn comes.`);
    },
    failed: (_, entry) => over(entry),
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
    return { retry: begin(retry.mutate), discard: begin(discard.mutate), edit };
  }, [retry.mutate, discard.mutate, edit]);
  return { commands, underWay };
}
