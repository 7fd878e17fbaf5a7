import type {
  AgeCount,
  GuestView,
  OutcomeKind,
  PlanView,
  PolicyView,
  RunAnswers,
  RunQuestion,
  RunView,
  Topic,
} from "./bindings";
import type { Core } from "./core";
import { mockProof } from "./mock-proof";
import { fail, type MockWorld, matches, uuidOf } from "./mock-world";

const DAY = 86_400_000;
/** From here on a count has to be typed on production. */
const GUARD = 100;

type Publish = (...stale: Topic[]) => void;

type RetentionCore = Omit<
  Pick<Core, Extract<keyof Core, `retention${string}`>>,
  | "retentionPolicies"
  | "retentionPolicyChanges"
  | "retentionPolicySave"
  | "retentionPolicyConfirm"
  | "retentionPolicyRemove"
  | "retentionScheduleArm"
>;

type StartWith = {
  origin: RunView["origin"];
  answers: RunAnswers;
  pace: number | null;
  max: number | null;
};

/** Plans and runs of the mock: the same order of events as the real ones, at its own pace. */
export function mockRetention(world: MockWorld, publish: Publish, pace: () => Promise<void>): RetentionCore {
  const age = (guest: GuestView, policy: PolicyView) =>
    world.now() - Date.parse(policy.fromLastActivity ? guest.modifiedTime : guest.createdTime);

  const policyOf = (id: string | null) =>
    (id === null ? world.policies[0] : world.policies.find((policy) => policy.id === id)) ??
    fail("not_found", `There is no policy ${id}.`);

  /** Why a guest stays, in the order in which the core looks; nothing when they are due. */
  function spares(guest: GuestView, policy: PolicyView): string | null {
    if (world.holdsOn(guest).length > 0) return "on hold";
    if (policy.spareOpenConversations && world.isOpen(guest.id)) return "in an open conversation";
    return policy.spareActive && guest.active ? "active" : null;
  }

  function makePlan(madeFor: string, policy: PolicyView): PlanView {
    if (policy.days < 1 || policy.days > 3650) {
      fail("invalid_input", "The days are out of range.", { fields: [{ field: "days", message: "1 to 3,650." }] });
    }
    const old = [...world.guests.values()]
      .filter((guest) => age(guest, policy) > policy.days * DAY)
      .filter((guest) => policy.filter === null || matches(guest, policy.filter));
    const reasons = new Map<string, number>();
    const due: GuestView[] = [];
    for (const guest of old) {
      const why = spares(guest, policy);
      if (why === null) due.push(guest);
      else reasons.set(why, (reasons.get(why) ?? 0) + 1);
    }
    due.sort((a, b) => a.createdTime.localeCompare(b.createdTime));
    const byDay = new Map<number, number>();
    for (const guest of due) {
      const days = Math.floor(age(guest, policy) / DAY);
      byDay.set(days, (byDay.get(days) ?? 0) + 1);
    }
    const histogram: AgeCount[] = [...byDay]
      .map(([days, guests]) => ({ days, guests }))
      .sort((a, b) => a.days - b.days);
    world.planned = due.map((guest) => guest.id);
    const made: PlanView = {
      plan: uuidOf(world.random).replaceAll("-", "") + uuidOf(world.random).replaceAll("-", ""),
      due: due.length,
      spared: old.length - due.length,
      held: reasons.get("on hold") ?? 0,
      complete: true,
      cutoff: new Date(world.now() - policy.days * DAY).toISOString(),
      createdAt: new Date(world.now()).toISOString(),
      policy,
      oldest: due[0]?.createdTime ?? null,
      newest: due.at(-1)?.createdTime ?? null,
      histogram,
      sample: due.slice(0, 20),
      sparedReasons: [...reasons].map(([reason, guests]) => ({ reason, guests })),
      estimateSeconds: Math.ceil((due.length * 1.02) / 5),
      usedBy: null,
      questions: questions(due.length),
      madeFor,
      outdated: null,
      holdsChanged: false,
    };
    // The saved rules that it was made beside: a change of them makes it old.
    savedThen = JSON.stringify(policyOf(madeFor).what);
    world.note("planMade", `A plan was made: ${made.due} guests due, ${made.spared} spared.`);
    return made;
  }

  function change(name: string, part: (run: RunView) => Partial<RunView>): RunView {
    const old = world.runs.find((run) => run.run === name) ?? fail("not_found", `There is no run ${name}.`);
    const next = { ...old, ...part(old) };
    world.runs = world.runs.map((run) => (run.run === name ? next : run));
    const over = next.state === "finished" || next.state === "cancelled";
    world.status = { ...world.status, run: over ? null : next };
    if (old.state === "running" && next.state !== "running") {
      world.note("runEnded", `Run ${name} ended: ${next.state}, ${next.deleted} guests deleted.`);
    }
    publish("retention", "audit");
    return next;
  }

  let savedThen = "";

  /** As it stands now. */
  function planNow(): PlanView | null {
    const { plan } = world;
    const policy = plan && world.policies.find(({ id }) => id === plan.madeFor);
    if (!plan) return null;
    const outdated = !policy ? "policyRemoved" : JSON.stringify(policy.what) !== savedThen ? "policyChanged" : null;
    return { ...plan, questions: questions(plan.due), outdated };
  }

  function questions(due: number): RunQuestion[] {
    const asked: RunQuestion[] = [];
    if (world.status.connection?.kind === "production" && due > GUARD) {
      asked.push({ code: "count", message: `This is production: ${due} guests would go.` });
    }
    if (drifts(due)) asked.push({ code: "unusual", message: `${due} guests are far more than usual.` });
    return asked;
  }

  function start(plan: string, { origin, answers, pace: most, max }: StartWith): RunView {
    world.writable();
    if (!world.plan || world.plan.plan !== plan) fail("plan_changed", "The newest plan is another one.");
    if (world.plan.usedBy) fail("plan_used", `Run ${world.plan.usedBy} has used this plan.`);
    if (world.status.run?.state === "running") fail("run_active", `Run ${world.status.run.run} is going on.`);
    if (planNow()?.outdated) fail("conflict", "The policy was changed since this plan.");
    const due = world.plan.due;
    const given: Record<RunQuestion["code"], boolean> = {
      count: answers.confirmed === due,
      unusual: answers.unusualConfirmed === due,
      clock: answers.clockConfirmed,
    };
    const open = questions(due).filter(({ code }) => !given[code]);
    if (open.length > 0) fail("confirmation_needed", open.map(({ message }) => message).join(" "));
    const name = `r-${String(world.runs.length + 1).padStart(4, "0")}`;
    world.plan = { ...world.plan, usedBy: name };
    world.outcomes.set(
      name,
      world.planned.map((guestId) => ({ guestId, outcome: "remaining", why: null })),
    );
    const total = world.planned.length;
    const run: RunView = {
      run: name,
      plan,
      state: "running",
      origin,
      startedAt: new Date(world.now()).toISOString(),
      endedAt: null,
      total,
      deleted: 0,
      alreadyGone: 0,
      spared: 0,
      failed: 0,
      remaining: total,
      perMinute: 0,
      secondsLeft: null,
      verified: null,
      waitsFor: null,
      waitsUntil: null,
      refused: false,
      why: null,
      pace: most,
      capped: max,
    };
    world.runs = [run, ...world.runs];
    world.status = { ...world.status, run };
    world.note("runStarted", `Run ${name} was started by ${origin === "hand" ? "hand" : "the schedule"}.`);
    publish("retention", "audit");
    void work(name);
    return run;
  }

  /** The drift brake of the first policy, against the runs before. */
  function drifts(due: number): boolean {
    const brake = world.policies[0]?.brake;
    const last = world.runs.map((run) => run.total).sort((a, b) => a - b);
    const usual = last[Math.floor((last.length - 1) / 2)];
    return (
      brake !== null && brake !== undefined && usual !== undefined && due > brake.floor && due > usual * brake.times
    );
  }

  async function work(name: string) {
    const lines = world.outcomes.get(name) ?? [];
    for (;;) {
      await pace();
      await world.gate;
      const run = world.runs.find((other) => other.run === name);
      if (run?.state !== "running") return;
      if (run.remaining === 0) {
        change(name, () => ({
          state: "finished",
          endedAt: new Date(world.now()).toISOString(),
          verified: true,
          secondsLeft: null,
        }));
        publish("guests", "retention");
        return;
      }
      const left = run.capped === null ? 20 : Math.min(20, run.capped - run.deleted);
      if (left <= 0) {
        change(name, () => ({ state: "paused", secondsLeft: null, why: `It stopped at its cap of ${run.capped}.` }));
        return;
      }
      const done = run.total - run.remaining;
      const step = { deleted: 0, alreadyGone: 0, spared: 0, failed: 0 };
      const batch = lines.slice(done, done + left);
      batch.forEach((line, offset) => {
        const place = done + offset;
        const guest = world.guests.get(line.guestId);
        const held = guest && world.holdsOn(guest).length > 0;
        let next: { outcome: OutcomeKind; why: string | null } = { outcome: "deleted", why: null };
        if (held) next = { outcome: "spared", why: "on hold" };
        else if (place % 97 === 40) next = { outcome: "spared", why: "changed since the plan" };
        else if (place % 131 === 70) next = { outcome: "alreadyGone", why: null };
        else world.guests.delete(line.guestId);
        lines[place] = { ...line, ...next };
        step[next.outcome as keyof typeof step] += 1;
      });
      world.record("DELETE", "/api/v2/guests/{id}", 204);
      change(name, (old) => ({
        deleted: old.deleted + step.deleted,
        alreadyGone: old.alreadyGone + step.alreadyGone,
        spared: old.spared + step.spared,
        remaining: old.remaining - batch.length,
        perMinute: Math.min(288, old.pace ?? 288),
        secondsLeft: Math.ceil((old.remaining - batch.length) / (Math.min(288, old.pace ?? 288) / 60)),
      }));
    }
  }

  const plan = async (madeFor: string, policy: PolicyView) => {
    world.online();
    world.status = { ...world.status, planning: { read: Math.floor(world.guests.size / 2), due: 90 } };
    publish();
    await pace();
    world.record("GET", "/api/v2/guests");
    try {
      world.plan = makePlan(madeFor, policy);
    } finally {
      world.status = { ...world.status, planning: null };
      publish("retention", "audit");
    }
    return world.plan;
  };

  return {
    retentionPreview: plan,
    retentionPlan: async () => planNow(),
    retentionRun: async (name, answers, most, max) => start(name, { origin: "hand", answers, pace: most, max }),
    retentionAllowOnce: async (id, name, answers) => {
      const policy = policyOf(id);
      if (!policy.asks) fail("not_found", `No run of ${policy.name} waits for a word.`);
      if (world.plan?.madeFor !== id) fail("conflict", "The plan was made for another policy.");
      start(name, { origin: "schedule", answers, pace: policy.pace, max: policy.cap });
      world.policies = world.policies.map((other) => (other.id === id ? { ...other, asks: null } : other));
      return policyOf(id);
    },
    retentionPause: async (name) => change(name, () => ({ state: "paused", secondsLeft: null })),
    retentionResume: async (name) => {
      const run = change(name, (old) => ({
        state: "running",
        why: null,
        capped: old.capped === null ? null : old.deleted + old.capped,
      }));
      void work(name);
      return run;
    },
    retentionCancel: async (name) =>
      change(name, () => ({ state: "cancelled", endedAt: new Date(world.now()).toISOString() })),
    retentionSetPace: async (name, most) => change(name, () => ({ pace: most })),
    retentionRuns: async () => world.runs,
    retentionOutcomes: async (name, offset, limit, kind) => {
      const all = world.outcomes.get(name) ?? [];
      const lines = kind === null ? all : all.filter((line) => line.outcome === kind);
      return { outcomes: lines.slice(offset, offset + Math.min(limit, 200)), total: lines.length };
    },
    retentionExplain: async (guestId, policyId) => {
      const guest = world.guest(guestId);
      const { what } = policyOf(policyId);
      const days = Math.floor(age(guest, what) / DAY);
      const why = [
        `${days} days old by ${what.fromLastActivity ? "last activity" : "creation"}; ${what.days} are kept.`,
      ];
      const spared = spares(guest, what);
      if (spared) why.push(`Spared: ${spared}.`);
      for (const hold of world.holdsOn(guest)) why.push(`Hold of ${hold.owner}: ${hold.reason}.`);
      return { due: days >= what.days && spared === null, why };
    },
    ...mockProof(world, policyOf, publish),
  };
}
