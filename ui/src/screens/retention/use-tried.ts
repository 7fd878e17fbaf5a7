import { useState } from "react";
import type { PolicyView } from "../../ipc/bindings";
import { DAYS, sameWhat } from "./policy-draft";

/** Who must go, as it is tried on the screen: the saved policy until something is changed. */
export type Tried = {
  draft: PolicyView;
  days: number | string;
  setDays: (days: number | string) => void;
  change: (part: Partial<PolicyView>) => void;
  /** What a preview would use; nothing while the days make no sense. */
  what: PolicyView | null;
};

export function useTried(saved: PolicyView): Tried {
  const [draft, setDraft] = useState(saved);
  const [days, setDays] = useState<number | string>(saved.days);
  // What is tried here stays while the policies are asked for again, until another is saved.
  const [basis, setBasis] = useState(saved);
  if (!sameWhat(basis, saved)) {
    setBasis(saved);
    setDraft(saved);
    setDays(saved.days);
  }
  const valid = typeof days === "number" && Number.isInteger(days) && days >= DAYS.least && days <= DAYS.most;
  return {
    draft,
    days,
    setDays,
    change: (part) => setDraft((old) => ({ ...old, ...part })),
    what: valid ? { ...draft, days, filter: draft.filter?.trim() || null } : null,
  };
}
