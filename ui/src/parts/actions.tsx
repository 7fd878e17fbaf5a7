import { createContext, useContext } from "react";
import type { Discarding } from "./discard-question";

/** What a person can do from anywhere. */
export type Actions = {
  startChat: () => void;
  showDrafts: () => void;
  /** Has a person asked before what they typed goes. */
  askDiscard: (asked: Discarding) => void;
};

const ActionsContext = createContext<Actions>({
  startChat: () => undefined,
  showDrafts: () => undefined,
  askDiscard: () => undefined,
});

export const ActionsProvider = ActionsContext.Provider;

export const useActions = () => useContext(ActionsContext);
