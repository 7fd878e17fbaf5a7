import { useMemo } from "react";
import type { EntryView } from "../../ipc/bindings";
import { useCommand } from "../../queries";
import { tellDiscarded, tellLate, tellOne } from "./answers";

export type EntryCommands = {
  retry: (entry: EntryView) => void;
  discard: (entry: EntryView) => void;
  edit: (entry: EntryView) => void;
};

/** What can be done with an entry, once for a whole list, and the id of the one for which it is under way. */
export function useEntryCommands(edit: (entry: EntryView) => void): { commands: EntryCommands; busy: string | null } {
  const retry = useCommand((core, entry: EntryView) => core.outboxRetry(entry.id), {
    stale: ["outbox"],
    done: (answer, { seq, state }) =>
      tellOne(
        answer,
        state === "dead" ? "Sent again" : "Sent now",
        `In time: message ${seq} goes as soon as its turn comes.`,
      ),
  });
  const undo = useCommand((core, entry: EntryView) => core.outboxUndoDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime }) => {
      if (!inTime) tellLate("A later message of its conversation was sent meanwhile; it stays discarded.");
    },
  });
  const discard = useCommand((core, entry: EntryView) => core.outboxDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime, perhapsSent }, entry) => {
      if (!inTime) tellLate();
      else
        tellDiscarded(`discarded ${entry.id}`, "Message discarded", `In time: ${entry.text}`, perhapsSent, () =>
          undo.mutate(entry),
        );
    },
  });
  const commands = useMemo(
    () => ({ retry: retry.mutate, discard: discard.mutate, edit }),
    [retry.mutate, discard.mutate, edit],
  );
  const underWay = [retry, discard].find((command) => command.isPending)?.variables;
  return { commands, busy: underWay?.id ?? null };
}
