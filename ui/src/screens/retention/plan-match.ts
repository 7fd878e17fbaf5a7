import { useState } from "react";
import type { NamedPolicyView, PlanView, PolicyView } from "../../ipc/bindings";
import { sameWhat } from "./policy-draft";

/** Why a plan is not shown as the plan of what is on the screen. */
export type Mismatch = "otherPolicy" | "otherValues" | "policyChanged" | "policyRemoved";

/** A plan belongs to the policy and the values that it was made with, and to nothing else. Pure. */
export function mismatchOf(plan: PlanView, policy: string, tried: PolicyView | null): Mismatch | null {
  if (plan.outdated === "policyRemoved") return "policyRemoved";
  if (plan.madeFor !== policy) return "otherPolicy";
  if (plan.outdated !== null) return "policyChanged";
  // A plan that a run has used is shown as it was, whatever values are on the screen by now.
  if (plan.usedBy !== null) return null;
  return tried !== null && sameWhat(plan.policy, tried) ? null : "otherValues";
}

/** In words, with the next step. */
export function mismatchWords(mismatch: Mismatch, plan: PlanView, policies: NamedPolicyView[]): string {
  if (mismatch === "otherPolicy") {
    const name = policies.find(({ id }) => id === plan.madeFor)?.name ?? "another policy";
    return `The plan was made for ${name} and is not shown here. Preview again.`;
  }
  if (mismatch === "policyRemoved")
    return "The policy of the plan was removed, so the plan is not shown. Preview again.";
  if (mismatch === "policyChanged")
    return "The policy was changed since the plan was made, so the plan is not shown. Preview again.";
  return "The plan was made for other values and is not shown. Preview again.";
}

/** The plan that fits what is on the screen, or why the newest one does not. One that was put away stays away. */
export function useMatchingPlan(plan: PlanView | null, policy: string, tried: PolicyView | null) {
  const [away, setAway] = useState<string | null>(null);
  const mismatch = plan === null ? null : mismatchOf(plan, policy, tried);
  if (plan !== null && mismatch === "otherValues" && away !== plan.plan) setAway(plan.plan);
  const reason = mismatch ?? (plan !== null && away === plan.plan ? ("otherValues" as const) : null);
  return { shown: reason === null ? plan : null, mismatch: reason };
}
