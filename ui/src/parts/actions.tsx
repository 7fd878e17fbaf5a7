import { createContext, useContext } from "react";

/** What a person can do from anywhere. */
export type Actions = { startChat: () => void };

const ActionsContext = createContext<Actions>({ startChat: () => undefined });

export const ActionsProvider = ActionsContext.Provider;

export const useActions = () => useContext(ActionsContext);
