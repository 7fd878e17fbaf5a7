import type { ChangeView, NamedPolicyView, PolicyDraft, QuietView, Topic } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld } from "./mock-world";

type PoliciesCore = Pick<
  Core,
  | "retentionPolicies"
  | "retentionPolicyChanges"
  | "retentionPolicySave"
  | "retentionPolicyConfirm"
  | "retentionPolicyRemove"
  | "retentionScheduleArm"
>;

type Rules = Omit<PolicyDraft, "id">;

const HALF_A_DAY = 43_200_000;

const rulesOf = ({ name, what, schedule, quiet, cap, pace, brake }: NamedPolicyView): Rules => ({
  name,
  what,
  cron: schedule.cron,
  zone: schedule.zone,
  quiet,
  cap,
  pace,
  brake,
});

const hours = ({ windows, zone, followsSchedule }: QuietView) =>
  windows.length === 0
    ? "none"
    : `${windows.map(({ days, from, to }) => `${days.join(" ") || "daily"} ${from}-${to}`).join(", ")} (${zone}${followsSchedule ? ", as the schedule" : ""})`;

/** What differs, and what of it is stronger, by the rules of `crates/retention/src/policies/strength.rs`. */
function changes(old: Rules, next: Rules): ChangeView[] {
  const flag = (on: boolean) => (on ? "on" : "off");
  const most = (value: number | null, unit = "") => (value === null ? "none" : `${value}${unit}`);
  const brake = (rules: Rules) =>
    rules.brake ? `${rules.brake.times} times the usual, over ${rules.brake.floor} guests` : "none";
  const clock = (rules: Rules) => (rules.what.fromLastActivity ? "last activity" : "creation");
  const was = old.what;
  const is = next.what;
  const all: ChangeView[] = [
    ["name", old.name, next.name, false],
    ["days", `${was.days}`, `${is.days}`, is.days < was.days],
    ["clock", clock(old), clock(next), was.fromLastActivity && !is.fromLastActivity],
    ["filter", was.filter ?? "everyone", is.filter ?? "everyone", was.filter !== null && was.filter !== is.filter],
    [
      "spareOpenConversations",
      flag(was.spareOpenConversations),
      flag(is.spareOpenConversations),
      was.spareOpenConversations && !is.spareOpenConversations,
    ],
    ["spareActive", flag(was.spareActive), flag(is.spareActive), was.spareActive && !is.spareActive],
    [
      "quietHours",
      hours(old.quiet),
      hours(next.quiet),
      old.quiet.windows.length > 0 && hours(old.quiet) !== hours(next.quiet),
    ],
    ["cap", most(old.cap), most(next.cap), old.cap !== null && (next.cap === null || next.cap > old.cap)],
    [
      "brake",
      brake(old),
      brake(next),
      old.brake !== null &&
        (next.brake === null || next.brake.times > old.brake.times || next.brake.floor > old.brake.floor),
    ],
    ["schedule", `${old.cron} (${old.zone})`, `${next.cron} (${old.cron === next.cron ? old.zone : next.zone})`, false],
    ["zone", old.zone, next.zone, false],
    ["pace", most(old.pace, " a minute"), most(next.pace, " a minute"), false],
  ].map(([field, before, after, stronger]) => ({ field, before, after, stronger }) as ChangeView);
  return all.filter((change) => change.before !== change.after);
}

function check({ name, what, cron }: PolicyDraft) {
  const invalid = (field: string, message: string) =>
    fail("invalid_input", `${field}: ${message}`, { fields: [{ field, message }] });
  if (name.trim() === "") invalid("name", "is required");
  if (what.days < 1 || what.days > 3650) invalid("days", "must be from 1 to 3,650");
  if (cron.trim().split(/\s+/).length !== 5) invalid("cron", "must have five fields");
}

/** The policies of the mock: saved, compared, confirmed. */
export function mockPolicies(world: MockWorld, publish: (...stale: Topic[]) => void): PoliciesCore {
  const get = (id: string) =>
    world.policies.find((policy) => policy.id === id) ?? fail("not_found", `There is no policy ${id}.`);

  const blank = (): NamedPolicyView => ({
    id: "",
    name: "",
    what: { days: 30, fromLastActivity: false, filter: null, spareOpenConversations: true, spareActive: false },
    schedule: { state: "off", armed: false, cron: "0 2 * * *", zone: "Europe/Berlin", nextDue: null, lastDue: null },
    quiet: { zone: "Europe/Berlin", followsSchedule: true, windows: [] },
    cap: null,
    pace: null,
    brake: { times: 3, floor: 100 },
    confirmed: null,
    waiting: [],
    quietNow: false,
    opensAt: null,
    asks: null,
  });

  function put(policy: NamedPolicyView): NamedPolicyView {
    const confirmed = world.confirmed.get(policy.id);
    const waiting = confirmed
      ? changes(rulesOf(confirmed), rulesOf(policy)).filter((change) => change.stronger)
      : [{ field: "confirmation", before: "none", after: "required", stronger: true }];
    const next = { ...policy, waiting };
    world.policies = world.policies.some((other) => other.id === policy.id)
      ? world.policies.map((other) => (other.id === policy.id ? next : other))
      : [...world.policies, next];
    publish("retention", "guests", "audit");
    return next;
  }

  return {
    retentionPolicies: async () => world.policies,
    retentionPolicyChanges: async (draft) => {
      check(draft);
      return changes(rulesOf(world.policies.find((policy) => policy.id === draft.id) ?? blank()), draft);
    },
    retentionPolicySave: async (draft) => {
      world.writable();
      check(draft);
      const old = world.policies.find((policy) => policy.id === draft.id) ?? blank();
      const { id, cron, zone, ...rest } = draft;
      const fields = changes(rulesOf(old), draft).map((change) => change.field);
      world.note("policyChanged", `The policy ${id} was changed: ${fields.join(", ")}.`);
      return put({ ...old, ...rest, id, schedule: { ...old.schedule, cron, zone } });
    },
    retentionPolicyConfirm: async (id, due) => {
      world.writable();
      const policy = get(id);
      world.confirmed.set(id, policy);
      world.note("policyConfirmed", `The policy ${id} was confirmed; ${due} guests were due.`);
      const at = new Date(world.now()).toISOString();
      const asks = policy.asks?.code === "notConfirmed" ? null : policy.asks;
      return put({ ...policy, asks, confirmed: { at, by: "ada", due } });
    },
    retentionPolicyRemove: async (id) => {
      world.writable();
      get(id);
      if (world.policies.length === 1) fail("invalid_input", "The last policy stays; switch its schedule off instead.");
      world.policies = world.policies.filter((policy) => policy.id !== id);
      world.confirmed.delete(id);
      world.note("policyRemoved", `The policy ${id} was removed.`);
      publish("retention", "guests", "audit");
      return null;
    },
    retentionScheduleArm: async (id, armed) => {
      world.writable();
      const policy = get(id);
      const nextDue = armed ? new Date(world.now() + HALF_A_DAY).toISOString() : null;
      world.note(armed ? "connectionArmed" : "connectionDisarmed", `The schedule of ${id} was switched.`);
      return put({
        ...policy,
        schedule: { ...policy.schedule, state: armed ? "notConfirmed" : "off", armed, nextDue },
      });
    },
  };
}
