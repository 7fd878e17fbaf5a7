import { useQuery } from "@tanstack/react-query";
import type { NamedPolicyView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";

/** A plan that is made for a dialog when it opens, and again where `at` changes. */
export function useFreshPlan(use: string, { id, what }: NamedPolicyView, at?: string) {
  const core = useCore();
  return useQuery({
    // Under no topic: making this plan makes the topic stale, which would make the plan again.
    queryKey: [use, id, what, at],
    queryFn: () => core.retentionPreview(id, what),
    gcTime: 0,
  });
}
