import type { NamedPolicyView } from "../../ipc/bindings";
import { useAsk } from "../../queries";

/** A plan that is made for a dialog when it opens, and again where `at` changes. */
export const useFreshPlan = (use: string, { id, what }: NamedPolicyView, at?: string) =>
  // Under no topic: making this plan makes the topic stale, which would make the plan again.
  useAsk([use, id, what, at], (core) => core.retentionPreview(id, what), { gcTime: 0 });
