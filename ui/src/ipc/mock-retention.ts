import type { AgeCount, GuestView, PlanView, PolicyView, RunView, Topic } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld, uuidOf } from "./mock-world";

const DAY = 86_400_000;

type Publish = (...stale: Topic[]) => void;

type RetentionCore = Pick<Core, Extract<keyof Core, `retention${string}`>>;

/** Plans and runs of the mock: the same order of events as the real ones, at its own pace. */
export function mockRetention(world: MockWorld, publish: Publish, pace: () => Promise<void>): RetentionCore {
  const age = (guest: GuestView, policy: PolicyView) =>
    world.now() - Date.parse(policy.fromLastActivity ? guest.modifiedTime : guest.createdTime);

  function makePlan(policy: PolicyView): PlanView {
    if (policy.days < 1 || policy.days > 3650) {
      fail("invalid_input", "The days are out of range.", { fields: [{ field: "days", message: "1 to 3,650." }] });
    }
    const old = [...world.guests.values()].filter((guest) => age(guest, policy) > policy.days * DAY);
    const talking = policy.spareOpenConversations ? old.filter((guest) => world.isOpen(guest.id)) : [];
    const due = old
      .filter((guest) => !talking.includes(guest) && !(policy.spareActive && guest.active))
      .sort((a, b) => a.createdTime.localeCompare(b.createdTime));
    const byDay = new Map<number, number>();
    for (const guest of due) {
      const days = Math.floor(age(guest, policy) / DAY);
      byDay.set(days, (byDay.get(days) ?? 0) + 1);
    }
    const histogram: AgeCount[] = [...byDay]
      .map(([days, guests]) => ({ days, guests }))
      .sort((a, b) => a.days - b.days);
    world.planned = due.map((guest) => guest.id);
    return {
      plan: uuidOf(world.random).replaceAll("-", "") + uuidOf(world.random).replaceAll("-", ""),
      due: due.length,
      spared: old.length - due.length,
      complete: true,
      cutoff: new Date(world.now() - policy.days * DAY).toISOString(),
      createdAt: new Date(world.now()).toISOString(),
      policy,
      oldest: due[0]?.createdTime ?? null,
      newest: due.at(-1)?.createdTime ?? null,
      histogram,
      sample: due.slice(0, 20),
      sparedReasons: talking.length > 0 ? [{ reason: "in an open conversation", guests: talking.length }] : [],
      estimateSeconds: Math.ceil((due.length * 1.02) / 5),
      usedBy: null,
    };
  }

  function change(name: string, part: (run: RunView) => Partial<RunView>): RunView {
    const old = world.runs.find((run) => run.run === name) ?? fail("not_found", `There is no run ${name}.`);
    const next = { ...old, ...part(old) };
    world.runs = world.runs.map((run) => (run.run === name ? next : run));
    world.status = { ...world.status, run: next.state === "finished" || next.state === "cancelled" ? null : next };
    publish("retention");
    return next;
  }

  function start(plan: string, origin: RunView["origin"]): RunView {
    world.writable();
    if (!world.plan || world.plan.plan !== plan) fail("plan_changed", "The newest plan is another one.");
    if (world.plan.usedBy) fail("plan_used", `Run ${world.plan.usedBy} has used this plan.`);
    if (world.status.run?.state === "running") fail("run_active", `Run ${world.status.run.run} is going on.`);
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
      refused: false,
      why: null,
    };
    world.runs = [run, ...world.runs];
    world.status = { ...world.status, run };
    publish("retention");
    void work(name);
    return run;
  }

  async function work(name: string) {
    const lines = world.outcomes.get(name) ?? [];
    const at = (run: RunView) => run.total - run.remaining;
    for (;;) {
      await pace();
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
      const batch = lines.slice(at(run), at(run) + 20);
      const step = { deleted: 0, alreadyGone: 0, spared: 0, failed: 0 };
      for (const line of batch) {
        const place = lines.indexOf(line);
        if (place % 97 === 40) {
          step.spared += 1;
          lines[place] = { ...line, outcome: "spared", why: "changed since the plan" };
        } else if (place % 131 === 70) {
          step.alreadyGone += 1;
          lines[place] = { ...line, outcome: "alreadyGone", why: null };
        } else {
          step.deleted += 1;
          world.guests.delete(line.guestId);
          lines[place] = { ...line, outcome: "deleted", why: null };
        }
      }
      world.record("DELETE", "/api/v2/guests/{id}", 204);
      change(name, (old) => ({
        deleted: old.deleted + step.deleted,
        alreadyGone: old.alreadyGone + step.alreadyGone,
        spared: old.spared + step.spared,
        remaining: old.remaining - batch.length,
        perMinute: 288,
        secondsLeft: Math.ceil((old.remaining - batch.length) / 4.8),
      }));
    }
  }

  const plan = async (policy: PolicyView) => {
    world.online();
    world.status = { ...world.status, planning: { read: Math.floor(world.guests.size / 2), due: 90 } };
    publish();
    await pace();
    world.record("GET", "/api/v2/guests");
    world.plan = makePlan(policy);
    world.status = { ...world.status, planning: null };
    publish("retention");
    return world.plan;
  };

  return {
    retentionPolicy: async () => world.policy,
    retentionSetPolicy: async (policy) => {
      world.writable();
      world.policy = policy;
      publish("retention", "guests");
      return policy;
    },
    retentionPreview: plan,
    retentionPlan: async () => world.plan,
    retentionRun: async (name) => start(name, "hand"),
    retentionRunNow: async () => start((await plan(world.policy)).plan, "hand"),
    retentionPause: async (name) => change(name, () => ({ state: "paused", secondsLeft: null })),
    retentionResume: async (name) => {
      const run = change(name, () => ({ state: "running", why: null }));
      void work(name);
      return run;
    },
    retentionCancel: async (name) =>
      change(name, () => ({ state: "cancelled", endedAt: new Date(world.now()).toISOString() })),
    retentionRuns: async () => world.runs,
    retentionOutcomes: async (name, offset, limit) => {
      const lines = world.outcomes.get(name) ?? [];
      return { outcomes: lines.slice(offset, offset + Math.min(limit, 200)) };
    },
    retentionSchedule: async () => world.schedule,
    retentionSetSchedule: async (armed, cron, zone) => {
      const next = new Date(world.now() + DAY / 2).toISOString();
      world.schedule = { ...world.schedule, armed, cron, zone, nextDue: armed ? next : null };
      publish("retention");
      return world.schedule;
    },
  };
}
