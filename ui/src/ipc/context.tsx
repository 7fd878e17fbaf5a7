import { createContext, useContext } from "react";
import type { Core } from "./core";

const CoreContext = createContext<Core | null>(null);

export const CoreProvider = CoreContext.Provider;

/** The core this window talks to. */
export function useCore(): Core {
  const core = useContext(CoreContext);
  if (!core) throw new Error("useCore is called outside of CoreProvider");
  return core;
}
