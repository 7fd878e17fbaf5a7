import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { createContext, type ReactNode, useCallback, useContext, useMemo } from "react";
import { countOf } from "../format";
import type { ManyInTime, Undo } from "../ipc/bindings";
import { useCommand, useStatusOf } from "../queries";
import { Shown } from "./shown-text";
import { tell } from "./tell";

/** Something that was done over a connection and can be taken back there, whichever connection is in use by then. */
type Done = { id: string; connection: string; title: string; message: string; undo: Undo };

const UndoContext = createContext<(done: Done) => void>(() => undefined);

/** Holds the command that takes things back. It stays on the page while the window is open, so that an undo can still be
 * given after a switch of the screen or of the connection. */
export function UndoOwner({ children }: { children: ReactNode }) {
  const inUse = useStatusOf((status) => status.connection?.name ?? "");
  const { mutate } = useCommand((core, { connection, undo }: Done) => core.undo(connection, undo), {
    stale: ["outbox", "holds", "audit", "retention", "guests"],
    done: (answer, done) => tellUndone(answer, done, inUse),
    // It was not taken back, so it can still be.
    failed: (_, done) => offer(done, mutate),
  });
  const value = useCallback((done: Done) => offer(done, mutate), [mutate]);
  return <UndoContext.Provider value={value}>{children}</UndoContext.Provider>;
}

/** Offers to take back what was done over the connection that is in use while this is drawn. */
export function useOfferUndo(): (done: Omit<Done, "connection">) => void {
  const offerUndo = useContext(UndoContext);
  const connection = useStatusOf((status) => status.connection?.name ?? "");
  return useMemo(() => (done) => offerUndo({ ...done, connection }), [offerUndo, connection]);
}

function offer(done: Done, undo: (done: Done) => void) {
  notifications.show({
    id: done.id,
    color: "gray",
    title: done.title,
    autoClose: 12_000,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Where done={done} />
        <Button
          size="compact-xs"
          variant="default"
          flex="none"
          onClick={() => {
            notifications.hide(done.id);
            undo(done);
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}

/** Names the connection once another one is in use. */
function Where({ done }: { done: Done }) {
  const inUse = useStatusOf((status) => status.connection?.name ?? "");
  return (
    <Text size="xs" lineClamp={2}>
      {inUse !== done.connection && `Over ${done.connection}: `}
      <Shown text={done.message} />
    </Text>
  );
}

const back = { discarded: "Message is back", discardedDead: "Messages are back", holdRemoved: "Hold is back" };

function tellUndone({ changed, late, perhapsSent }: ManyInTime, done: Done, inUse: string) {
  const isHold = done.undo.did === "holdRemoved";
  const words: string[] = [];
  if (changed > 0) {
    const waits = inUse === done.connection ? "" : `, and goes when ${done.connection} is used again`;
    words.push(isHold ? "Its guests stay." : `${countOf(changed, "message")} brought back in time${waits}.`);
  }
  if (late > 0) words.push(`${countOf(late, "message")} too late: a later one of the conversation was sent meanwhile.`);
  if (perhapsSent > 0) words.push("An earlier try may have reached the org.");
  if (changed > 0) tell(back[done.undo.did], words.join(" "), "gray");
  else tell("Too late", words.join(" "), "yellow");
}
