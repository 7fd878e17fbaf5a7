import { expect, test } from "vitest";
import { zoneName } from "../src/format";
import type {
  CertificateView,
  EntryState,
  EntryView,
  ForecastView,
  LaneState,
  OnlineView,
  QuietView,
  RunState,
  RunView,
  RunWait,
  ScheduleState,
  ScheduleView,
  SessionAnswer,
} from "../src/ipc/bindings";
import { untilProblem } from "../src/screens/holds/hold-form";
import { cronWords } from "../src/screens/retention/cron-words";
import { differenceWords } from "../src/screens/retention/forecast-card";
import { type Way, wayOf, wayWords } from "../src/states/connection";
import { entryStates, laneStates, outboxWords } from "../src/states/outbox";
import { certifiedWords, runWords } from "../src/states/run";
import { scheduleWords } from "../src/states/schedule";
import { sessionWords } from "../src/states/session";

const AT = "2026-11-22T12:00:00Z";

/** A record of a type that has a row for each member: one that is added and not listed does not compile. */
const rowsOf = <Key extends string, Row>(table: Record<Key, Row>) => Object.entries(table) as [Key, Row][];

function run(state: RunState, part: Partial<RunView> = {}): RunView {
  return {
    run: "r",
    plan: "p",
    state,
    origin: "hand",
    startedAt: AT,
    endedAt: state === "running" || state === "interrupted" ? null : AT,
    total: 682,
    deleted: 0,
    alreadyGone: 0,
    spared: 0,
    failed: 0,
    remaining: 682,
    perMinute: 60,
    secondsLeft: 10,
    // What the last look found: of nobody that was deleted, nobody is left.
    verified: state === "running" || state === "interrupted" ? null : true,
    refused: false,
    waitsFor: null,
    waitsUntil: null,
    why: null,
    pace: null,
    capped: null,
    ...part,
  };
}

test("each state of a run has words of its own, and only a finished run is verified or ended", () => {
  const table: Record<RunState, { name: string; stopped: string | null; proof: string; ways: string }> = {
    running: { name: "Running", stopped: null, proof: "Not yet", ways: "" },
    paused: { name: "Paused", stopped: "paused 22 Nov", proof: "Not yet", ways: "resumable" },
    interrupted: { name: "Interrupted", stopped: null, proof: "Not yet", ways: "resumable" },
    finished: { name: "Finished", stopped: "ended 22 Nov", proof: "Yes", ways: "over" },
    cancelled: { name: "Cancelled", stopped: "cancelled 22 Nov", proof: "—", ways: "over" },
    failed: { name: "Stopped", stopped: "stopped 22 Nov", proof: "Not yet", ways: "resumable" },
  };
  for (const [state, { name, stopped, proof, ways }] of rowsOf(table)) {
    const words = runWords(run(state));
    expect([state, words.name, words.proof.word]).toEqual([state, name, proof]);
    expect([words.over && "over", words.resumable && "resumable"].filter(Boolean).join()).toBe(ways);
    const told = words.details.join(" · ");
    if (stopped === null) expect(told).not.toMatch(/ended|paused|cancelled|stopped/);
    else expect(told).toContain(stopped);
    if (state !== "running") expect(told).not.toContain("left");
    expect(words.proof.holds).toBe(state === "finished" ? true : null);
  }
  expect(new Set(rowsOf(table).map(([, row]) => row.name)).size).toBe(6);
  expect(runWords(run("finished", { verified: false })).proof.word).toBe("No");
  expect(runWords(run("running")).details).toEqual(["60 a minute", "10 s left"]);
});

test("a run that waits says for what, and foretells no end", () => {
  const table: Record<RunWait, { state: RunState; name: string }> = {
    offline: { state: "running", name: "Waits for the online switch" },
    org: { state: "running", name: "Waits for the org to answer" },
    budget: { state: "running", name: "Waits for the rate budget" },
    quietHours: { state: "paused", name: "Waits for the end of quiet hours" },
    orgLimit: { state: "paused", name: "Waits for the end of the org's limit" },
  };
  for (const [waitsFor, { state, name }] of rowsOf(table)) {
    const words = runWords(run(state, { waitsFor, waitsUntil: AT }));
    expect(words.name).toBe(name);
    expect(words.details[0]).toMatch(/^until /);
    expect(words.details.join()).not.toMatch(/left|a minute/);
    expect(words.proof.holds).toBeNull();
  }
});

test("a certificate claims an outcome for every guest only where it has one, and a look at the end only of a finished run", () => {
  const counts = (remaining: number): CertificateView["counts"] => ({
    listed: 682,
    deleted: 682 - remaining,
    inferred: 0,
    alreadyGone: 0,
    failed: 0,
    remaining,
    spared: [],
  });
  const states: Record<RunState, true> = {
    running: true,
    paused: true,
    interrupted: true,
    finished: true,
    cancelled: true,
    failed: true,
  };
  for (const [state] of rowsOf(states)) {
    const partly = certifiedWords({ state, verified: true, counts: counts(677) });
    expect(partly).toContain("5 of 682 guests of the plan have an outcome; 677 have none.");
    expect(partly).not.toContain("Every guest");
    const all = certifiedWords({ state, verified: true, counts: counts(0) });
    expect(all).toContain("Every guest of the plan has one outcome.");
    expect(all.includes("none was left that should be gone")).toBe(state === "finished");
  }
  expect(certifiedWords({ state: "finished", verified: false, counts: counts(0) })).toContain("did not agree");
});

const quiet: QuietView = { zone: "Etc/UTC", followsSchedule: true, windows: [] };

function schedule(state: ScheduleState): ScheduleView {
  const armed = state !== "off";
  const waitsUntil = state === "orgLimit" ? AT : null;
  return { state, armed, cron: "0 2 * * *", zone: "Etc/UTC", nextDue: armed ? AT : null, lastDue: AT, waitsUntil };
}

test("a schedule says 'next' only where a run will start, and 'off' only where it is off", () => {
  const table: Record<ScheduleState, [string, string | null]> = {
    off: ["Off", null],
    readOnly: ["On, but nothing runs over a read-only connection", null],
    lossNotAccepted: ["On, but nothing runs before the loss is accepted", "due 22 Nov, 12:00 (UTC)"],
    notConfirmed: ["On, but nothing runs before the policy is confirmed", "due 22 Nov, 12:00 (UTC)"],
    asks: ["A due run waits for your decision", "due again 22 Nov, 12:00 (UTC)"],
    quiet: ["A due run waits for the end of quiet hours", "until 22 Nov, 12:00 (UTC)"],
    orgLimit: ["A due run waits for the end of the org's limit", "until 22 Nov, 12:00 (UTC)"],
    on: ["On", "next 22 Nov, 12:00 (UTC)"],
  };
  for (const [state, [words, next]] of rowsOf(table)) {
    const told = scheduleWords({ schedule: schedule(state), quiet, opensAt: AT });
    expect([told.state, told.next, told.last]).toEqual([words, next, "last 22 Nov, 12:00 (UTC)"]);
    expect(told.warm).toBe(state !== "off" && state !== "on");
  }
  const never = { ...schedule("on"), nextDue: null };
  expect(scheduleWords({ schedule: never, quiet, opensAt: null }).next).toBe("no next time");
});

test("each way to the org has its words, and the switch says that nothing comes back", () => {
  const table: Record<Way, [Partial<OnlineView>, string, boolean]> = {
    offline: [{ switchedOn: false, answering: false, reachable: false }, "Offline", false],
    silent: [{ answering: false, reachable: false }, "No answer", true],
    unreached: [{ reachable: false }, "No answer", true],
    untried: [{ reachable: null }, "Online", false],
    open: [{ reachable: true }, "Online", false],
  };
  for (const [way, [part, name, away]] of rowsOf(table)) {
    const online: OnlineView = { switchedOn: true, answering: true, reachable: true, nextTry: null, ...part };
    expect([wayOf(online), wayWords[way].name, wayWords[way].away]).toEqual([way, name, away]);
  }
  expect(new Set(Object.values(wayWords).map((words) => words.meaning)).size).toBe(5);
});

test("each answer about a session has its words", () => {
  const table: Record<SessionAnswer, string> = {
    valid: "Session is valid",
    missing: "Session token is missing",
    invalid: "Session is invalid or expired",
    gone: "Session is gone",
  };
  for (const [answer, title] of rowsOf(table)) expect(sessionWords[answer].title).toBe(title);
});

test("each state of a message and of a conversation in the outbox has its words, the same in every place", () => {
  const entry = (state: EntryState): EntryView => ({
    id: "m",
    conversationId: "c",
    guestId: "g",
    seq: 1,
    text: "Hello",
    writtenAt: AT,
    state,
    until: null,
    why: "the org answered 400",
    attempts: 1,
    deliveredAt: null,
    needsPerson: false,
    sentAgain: 0,
    org: null,
  });
  const entries: Record<EntryState, [string, RegExp]> = {
    queued: ["Queued", /^On disk/],
    sending: ["Sending", /^Sending$/],
    delivered: ["Delivered", /^Delivered/],
    waiting: ["Waiting", /^Waiting: the org answered 400$/],
    uncertain: ["Uncertain", /^Uncertain, .*: the org answered 400$/],
    dead: ["Refused", /^Refused, not delivered: the org answered 400$/],
    discarded: ["Discarded", /^Discarded$/],
  };
  for (const [state, [name, inConversation]] of rowsOf(entries)) {
    expect(entryStates[state].name).toBe(name);
    expect(entryStates[state].inConversation(entry(state))).toMatch(inConversation);
  }
  const lanes: Record<LaneState, string> = {
    flowing: "Queued",
    sending: "Sending",
    waiting: "Waiting",
    uncertain: "Uncertain",
    paused: "Paused",
    dead: "Refused",
  };
  for (const [state, name] of rowsOf(lanes)) expect(laneStates[state].name).toBe(name);
  expect(outboxWords({ waiting: 3, uncertain: 1, dead: 2, paused: "401", nextTry: null })).toBe(
    "paused · 3 waiting · 1 uncertain · 2 refused",
  );
});

test("cron lines are told in words that name their times and no others, or shown as they are", () => {
  const table: Record<string, string> = {
    "0 2 * * *": "Every day at 02:00",
    "*/15 * * * *": "Every 15 minutes",
    "0/15 * * * *": "Every 15 minutes",
    "*/45 * * * *": "Every hour at minute 0 and 45",
    "*/7 * * * *": "By cron */7 * * * *",
    "* * * * *": "Every minute",
    "*/1 * * * *": "Every minute",
    "15 * * * *": "Every hour at minute 15",
    "5-20/15 * * * *": "Every hour at minute 5 and 20",
    "30 */6 * * *": "Every 6 hours at minute 30",
    "0 */7 * * *": "Every day at 00:00, 07:00, 14:00 and 21:00",
    "0 3,15 * * *": "Every day at 03:00 and 15:00",
    "0 1-23/2 * * *": "By cron 0 1-23/2 * * *",
    "0 2 * * mon-fri": "Monday to Friday at 02:00",
    "*/45 2 * * 7": "Every Sunday at 02:00 and 02:45",
    "0 2 1,15 * *": "On day 1 and 15 of each month at 02:00",
    "0 2 1 * mon": "By cron 0 2 1 * mon",
    "0 2 * 6 *": "By cron 0 2 * 6 *",
    "0 25 * * *": "By cron 0 25 * * *",
    "@daily": "By cron @daily",
  };
  for (const [cron, words] of rowsOf(table)) expect([cron, cronWords(cron)]).toEqual([cron, words]);
});

test("all names of UTC are one zone, and no other zone loses its own", () => {
  for (const zone of ["UTC", "Etc/UTC", "Zulu", "Etc/Universal"]) expect(zoneName(zone)).toBe("UTC");
  for (const zone of ["Europe/Berlin", "Etc/GMT+1", "Asia/Kolkata"]) expect(zoneName(zone)).toBe(zone);
});

test("a hold until a day that is over, or that is none, is refused with what is allowed", () => {
  const now = new Date(2026, 10, 22, 23, 59);
  expect(untilProblem("", now)).toBeNull();
  expect(untilProblem("2026-11-22", now)).toBeNull();
  expect(untilProblem("2027-03-31", now)).toBeNull();
  expect(untilProblem("2026-11-21", now)).toMatch(/^Today or later/);
  for (const none of ["tomorrow", "31.3.2027", "2027-02-30", "2027-13-01", "2027-3-1"]) {
    expect([none, untilProblem(none, now)]).toEqual([none, "A day such as 2027-03-31, or empty."]);
  }
});

test("a plan and a forecast with different numbers are told with what each of them counts", () => {
  const forecast = { already: 673, ahead: [{ day: "2026-11-22", guests: 15 }] } as ForecastView;
  const words = differenceWords({ due: 682, spared: 4, createdAt: AT }, forecast);
  for (const part of [
    "682 due and 4 spared",
    "673 when today began",
    "15 more in the course of today",
    "whole days in UTC",
  ]) {
    expect(words).toContain(part);
  }
});
