import type { Icon } from "@tabler/icons-react";
import { createContext, useContext, useEffect, useEffectEvent } from "react";
import type { Discarding } from "./discard-question";

/** Something a person can do, as the command palette lists it. */
export type Action = { id: string; label: string; hint?: string; icon: Icon; shortcut?: string; run: () => void };

/** Who is played in a chat that is begun beside a guest. */
export type ChatOf = { name: string; email: string };

/** What a person can do from anywhere. */
export type Actions = {
  startChat: () => void;
  /** As this guest; where the org takes guests in by the guest socket. */
  startChatOf: (guest: ChatOf) => void;
  showDrafts: () => void;
  /** Asks the person before what they typed is discarded. */
  askDiscard: (asked: Discarding) => void;
};

const ActionsContext = createContext<Actions>({
  startChat: () => undefined,
  startChatOf: () => undefined,
  showDrafts: () => undefined,
  askDiscard: () => undefined,
});

export const ActionsProvider = ActionsContext.Provider;

export const useActions = () => useContext(ActionsContext);

const offers = new Set<() => Action[]>();

/** Lists these in the palette for as long as what they act on is on the screen. */
export function useOffered(actions: Action[]) {
  const newest = useEffectEvent(() => actions);
  useEffect(() => {
    const offer = () => newest();
    offers.add(offer);
    return () => {
      offers.delete(offer);
    };
  }, []);
}

/** What the parts of the screen offer now. */
export const offeredActions = (): Action[] => [...offers].flatMap((offer) => offer());
