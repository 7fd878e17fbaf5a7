import { type MockWorld, uuidOf } from "./mock-world";

/** Holds, policies, an ask and a long audit log, for looking. */
export function liveIn(world: MockWorld) {
  const ids = [...world.guests.keys()];
  const at = (days: number) => new Date(world.now() - days * 86_400_000).toISOString();
  const holds: [string | null, string | null, string, string, string | null][] = [
    [ids[3] ?? null, null, "Legal case 4711: keep all records until the court has decided", "ada", "2026-10-31"],
    [ids[7] ?? null, null, "Complaint still open", "grace", "2027-03-31"],
    [null, 'attributes.tier = "gold"', "Gold customers are asked before they go", "Data protection office", null],
  ];
  world.holds = holds.map(([guestId, filter, reason, owner, until]) => ({
    id: uuidOf(world.random),
    guestId,
    filter,
    reason,
    owner,
    addedAt: at(40),
    until,
    overdue: until !== null && until < at(0),
  }));
  const [first] = world.policies;
  if (!first) return;
  world.confirmed.set(first.id, { ...first, what: { ...first.what, days: 45 } });
  world.policies = [
    {
      ...first,
      schedule: { ...first.schedule, state: "on", armed: true, nextDue: at(-0.5), lastDue: at(0.5) },
      quiet: {
        zone: "Europe/Berlin",
        followsSchedule: true,
        windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00" }],
      },
      cap: 5000,
      confirmed: { at: at(12), by: "ada", due: 93 },
      waiting: [{ field: "days", before: "45", after: "30", stronger: true }],
      quietNow: true,
      opensAt: at(-0.2),
      asks: {
        code: "drift",
        message: "412 guests are due; the usual is 96, and the brake asks from 288 on.",
        since: at(0.5),
        due: 412,
      },
    },
    {
      ...first,
      id: "silver-a-year",
      name: "Silver, a year",
      what: { ...first.what, days: 365, filter: 'attributes.tier = "silver"' },
    },
  ];
  const texts: [string, string][] = [
    ["planMade", "A plan was made: 93 guests due, 41 spared."],
    ["runStarted", "Run r-0007 was started by the schedule."],
    ["runEnded", "Run r-0007 ended: finished and verified. 91 deleted, 1 already gone, 1 spared, 0 failed."],
    ["certificateIssued", "The certificate of run r-0007 was written."],
    ["guestEdited", "2 fields of a guest were edited."],
    ["holdAdded", "A hold was added."],
    ["policyChanged", "The policy Default was changed: days, cap."],
  ];
  world.audit = Array.from({ length: 400 }, (_, place) => {
    const [action, text] = texts[place % texts.length] ?? ["", ""];
    const n = 400 - place;
    const subject = action === "guestEdited" ? uuidOf(world.random).slice(0, 8) : null;
    return {
      n,
      at: at(place / 8),
      user: place % 3 ? "ada" : "grace",
      program: "innkeeper 0.1.0",
      action,
      text,
      subject,
    };
  });
}
