import type { PolicyView } from "../../ipc/bindings";
import { numberOf, typedOf } from "../../parts/numbers";
import { usePlace } from "../../places";
import { useRanges } from "../../queries";
import { sameWhat } from "./policy-draft";

/** Who must go, as it is tried on the screen: the saved policy until something is changed. */
export type Tried = {
  draft: PolicyView;
  /** As it was typed. */
  days: string;
  setDays: (days: string) => void;
  change: (part: Partial<PolicyView>) => void;
  /** What a preview would use; nothing while the days make no sense. */
  what: PolicyView | null;
};

export function useTried(policy: string, saved: PolicyView): Tried {
  const untouched = { basis: saved, draft: saved, days: typedOf(saved.days) };
  const [kept, keep] = usePlace(`tried ${policy}`, untouched);
  // What is tried here stays while the policies are asked for again, until another is saved.
  const now = sameWhat(kept.basis, saved) ? kept : untouched;
  const days = numberOf(useRanges().days, now.days);
  return {
    draft: now.draft,
    days: now.days,
    setDays: (typed) => keep({ ...now, days: typed }),
    change: (part) => keep({ ...now, draft: { ...now.draft, ...part } }),
    what: days === null ? null : { ...now.draft, days, filter: now.draft.filter?.trim() || null },
  };
}
