import type { NamedPolicyView, PolicyDraft } from "../src/ipc/bindings";
import type { Core } from "../src/ipc/core";
import type { Org } from "./org";
import type { TestWindow } from "./window";

const HOUR = 3_600;

/** A policy as it stands, to be saved with other values. */
export function draftOf({ id, name, what, schedule, quiet, cap, pace, brake }: NamedPolicyView): PolicyDraft {
  return { id, name, what, cron: schedule.cron, zone: schedule.zone, quiet, cap, pace, brake };
}

/** The first policy. */
export async function first(core: Core): Promise<NamedPolicyView> {
  const [policy] = await core.retentionPolicies();
  if (!policy) throw new Error("there is always a policy");
  return policy;
}

/** Saves the first policy behind the page, with what differs; under another id it is a new one. */
export async function savePolicy(core: Core, part: Partial<PolicyDraft>) {
  return core.retentionPolicySave({ ...draftOf(await first(core)), ...part });
}

/** So many guests who came three months ago. */
export async function addOldGuests(org: Org, many: number) {
  const createdTime = new Date(Date.now() - 90 * 24 * HOUR * 1000).toISOString();
  await Promise.all(Array.from({ length: many }, () => org.create({ createdTime })));
}

/** Lets an hourly schedule of the first policy fall due; confirmed with so many due, or by nobody. */
export async function letItFallDue({ core, bridge }: TestWindow, due: number | null) {
  const { id } = await savePolicy(core, { cron: "0 * * * *" });
  if (due !== null) await core.retentionPolicyConfirm(id, due);
  await core.retentionScheduleArm(id, true);
  await bridge.advance(HOUR);
}
