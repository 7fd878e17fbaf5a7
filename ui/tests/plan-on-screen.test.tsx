import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { WindowOptions } from "../dev/bridge";
import type { Core } from "../src/ipc/core";
import { mismatchOf } from "../src/screens/retention/plan-match";
import { first, savePolicy } from "./policy";
import { noDialog, openWindow, press, type TestWindow } from "./window";

async function preview(window: TestWindow) {
  const { core } = window;
  const before = (await core.retentionPlan())?.plan;
  await press(window, "Preview plan");
  return waitFor(async () => {
    const plan = await core.retentionPlan();
    expect(plan?.plan).not.toBe(before);
    return plan?.due ?? 0;
  });
}

async function previewed(options: WindowOptions = {}) {
  const window = await openWindow("#/retention", { guests: 30, ...options });
  return { window, due: await preview(window) };
}

const noDelete = () => expect(screen.queryByRole("button", { name: /^Delete \d/ })).toBeNull();

const PUT_AWAY = "The plan was made for other values and is not shown. Preview again.";

const SILVER = 'attributes.tier = "silver"';

async function addSilver(core: Core) {
  const { what } = await first(core);
  await savePolicy(core, { id: "silver", name: "Silver", what: { ...what, filter: SILVER } });
}

test.each(["test", "production", "development", "simulator"] as const)(
  "on a %s connection run now starts nothing at one press, and the plan on the screen is the one that runs",
  async (kind) => {
    // On production a count is asked for from 101 on.
    const { window, due } = await previewed({ kind, guests: kind === "production" ? 200 : 30 });
    const { user, core } = window;
    const plan = (await core.retentionPlan())?.plan;
    await press(window, "Run now…");
    const modal = within(await screen.findByRole("dialog", { name: `Delete ${due} guests?` }));
    expect(await core.retentionRuns()).toEqual([]);
    expect((await core.retentionPlan())?.plan).toBe(plan);
    if (kind === "production") {
      await user.type(modal.getByRole("textbox", { name: /^This is production/ }), `${due}`);
    }
    await user.click(modal.getByRole("button", { name: "Start run" }));
    await waitFor(async () => expect((await core.retentionRuns()).map((run) => run.plan)).toEqual([plan]));
  },
);

test("the confirmation names policy, days, cut-off, filter, count, cap and pace", async () => {
  const window = await openWindow("#/retention", { guests: 60 });
  const { core, user } = window;
  const { what } = await first(core);
  await savePolicy(core, { what: { ...what, filter: 'attributes.tier != "gold"' }, cap: 12, pace: 60 });
  await screen.findByDisplayValue('attributes.tier != "gold"');
  const due = await preview(window);
  expect(await screen.findByText(`at most 12 of ${due} in one run`)).toBeTruthy();
  await press(window, "Delete at most 12 guests");
  const modal = within(await screen.findByRole("dialog", { name: `Delete at most 12 of ${due} guests?` }));
  const facts = within(modal.getByRole("table", { name: "What the run does" }));
  expect(facts.getByText("Default")).toBeTruthy();
  expect(facts.getByText(`${due} guests due`)).toBeTruthy();
  expect(facts.getByText(/^30 days since creation: before /)).toBeTruthy();
  expect(facts.getByText('attributes.tier != "gold"')).toBeTruthy();
  expect((modal.getByRole("textbox", { name: "At most, in this run" }) as HTMLInputElement).value).toBe("12");
  expect((modal.getByRole("textbox", { name: "At most, a minute" }) as HTMLInputElement).value).toBe("60");
  expect(modal.getByText(/takes about 12 s/)).toBeTruthy();
  await user.clear(modal.getByRole("textbox", { name: "At most, a minute" }));
  await user.type(modal.getByRole("textbox", { name: "At most, a minute" }), "6");
  expect(modal.getByText(/takes about 2 min/)).toBeTruthy();
});

test("without a filter the confirmation says that it is everybody", async () => {
  const { window, due } = await previewed();
  await press(window, `Delete ${due} guests`);
  expect(await screen.findByText("None: every guest of that age")).toBeTruthy();
});

test("every question of the core has an answer of its own, and one never covers another", async () => {
  const { window, due } = await previewed({ kind: "production" });
  const { core, user } = window;
  const asked = [
    { code: "count" as const, message: "Many guests of a production org would be deleted." },
    { code: "clock" as const, message: "The clock was 48 hours ahead when the plan was made." },
    { code: "unusual" as const, message: "Far more guests than usual would be deleted." },
  ];
  core.alter("retentionPlan", (plan) => plan && { ...plan, questions: asked });
  core.tell({}, "retention");
  const told: unknown[] = [];
  core.retentionRun = async (_plan, answers) => {
    told.push(answers);
    throw new Error("enough");
  };
  await press(window, `Delete ${due} guests`);
  const modal = within(await screen.findByRole("dialog"));
  for (const { message } of asked) expect(await modal.findByText(message)).toBeTruthy();
  const start = modal.getByRole("button", { name: "Start run" }) as HTMLButtonElement;
  const answers = [
    () => user.type(modal.getByRole("textbox", { name: /^This is production/ }), `${due}`),
    () => user.click(modal.getByRole("checkbox", { name: /^I have looked at the clock/ })),
    () => user.type(modal.getByRole("textbox", { name: /^Far more than usual/ }), `${due}`),
  ];
  for (const answer of answers) {
    expect(start.disabled).toBe(true);
    await answer();
  }
  expect(start.disabled).toBe(false);
  await user.click(start);
  await waitFor(() => expect(told).toEqual([{ confirmed: due, clockConfirmed: true, unusualConfirmed: due }]));
});

test("days that are changed after the preview put the plan away, with a word and for good", async () => {
  const { window, due } = await previewed();
  const { user, core } = window;
  const days = await screen.findByRole("textbox", { name: "Days" });
  await screen.findByRole("button", { name: `Delete ${due} guests` });
  await user.clear(days);
  await user.type(days, "31");
  expect(await screen.findByText(PUT_AWAY)).toBeTruthy();
  noDelete();
  expect(screen.queryByText("First to be deleted")).toBeNull();
  await user.clear(days);
  await user.type(days, "30");
  expect(screen.getByText(PUT_AWAY)).toBeTruthy();
  noDelete();
  await preview(window);
  expect(await screen.findByRole("button", { name: /^Delete \d/ })).toBeTruthy();
  expect(await core.retentionRuns()).toEqual([]);
});

test.each([
  [
    "the filter",
    async ({ user }: TestWindow) => user.type(screen.getByRole("textbox", { name: "Only guests that match" }), "x"),
  ],
  [
    "the age's beginning",
    async ({ user }: TestWindow) => user.click(screen.getByRole("radio", { name: "Last activity" })),
  ],
  [
    "who is spared",
    async ({ user }: TestWindow) => user.click(screen.getByRole("checkbox", { name: "Spare active guests" })),
  ],
])("%s changed after the preview puts the plan away", async (_what, act) => {
  const { window } = await previewed();
  await screen.findByRole("button", { name: /^Delete \d/ });
  await window.user.click(screen.getByRole("button", { name: "Who is spared" }));
  await act(window);
  expect(await screen.findByText(PUT_AWAY)).toBeTruthy();
  noDelete();
});

test("a plan of one policy is not shown for another, and run now makes one of the other", async () => {
  const { window } = await previewed();
  const { core, user } = window;
  await screen.findByRole("button", { name: /^Delete \d/ });
  await addSilver(core);
  await user.click(await screen.findByRole("radio", { name: "Silver" }));
  expect(await screen.findByText("The plan was made for Default and is not shown here. Preview again.")).toBeTruthy();
  noDelete();
  await press(window, "Run now…");
  await screen.findByRole("dialog", { name: /^Delete \d+ guests?\?$/ });
  expect(await core.retentionPlan()).toMatchObject({ madeFor: "silver", policy: { filter: SILVER } });
  expect(await core.retentionRuns()).toEqual([]);
});

test("a policy that is saved or removed elsewhere puts its plan away, also under an open question", async () => {
  const { window, due } = await previewed();
  const { core } = window;
  await press(window, `Delete ${due} guests`);
  await screen.findByRole("dialog", { name: `Delete ${due} guests?` });
  const { what } = await first(core);
  await savePolicy(core, { what: { ...what, days: 60 } });
  await noDialog();
  expect(await screen.findByText(/^The policy was changed since the plan/)).toBeTruthy();
  noDelete();
});

test("a plan that a run has used has nothing to delete with", async () => {
  const { window, due } = await previewed();
  const { core } = window;
  await press(window, `Delete ${due} guests`);
  await press(window, "Start run");
  expect(await screen.findByText(/run \S+ has used this plan/)).toBeTruthy();
  noDelete();
  expect(await core.retentionRuns()).toHaveLength(1);
});

test("holds that were changed since the plan are told beside its number", async () => {
  const { window, due } = await previewed();
  const { core, org } = window;
  const [newest] = await org.guests();
  const hold = { guest: newest?.id ?? "", filter: null, reason: "Case", owner: "ada", until: null };
  await core.holdAdd(crypto.randomUUID(), hold);
  expect(await screen.findByText(/^Holds were changed since/)).toBeTruthy();
  await press(window, `Delete ${due} guests`);
  expect(await screen.findByText(/^Changed since the plan\. New ones keep their guests/)).toBeTruthy();
});

test("whatever differs, a plan is no plan of it", async () => {
  const { window } = await previewed();
  const plan = await window.core.retentionPlan();
  if (!plan) throw new Error("no plan was made");
  const { policy: what } = plan;
  expect(mismatchOf(plan, "default", what)).toBeNull();
  for (const other of [
    { ...what, days: what.days + 1 },
    { ...what, fromLastActivity: !what.fromLastActivity },
    { ...what, filter: "active = true" },
    { ...what, spareActive: !what.spareActive },
    { ...what, spareOpenConversations: !what.spareOpenConversations },
    null,
  ]) {
    expect(mismatchOf(plan, "default", other)).toBe("otherValues");
  }
  expect(mismatchOf(plan, "silver", what)).toBe("otherPolicy");
  expect(mismatchOf({ ...plan, outdated: "policyRemoved" }, "default", what)).toBe("policyRemoved");
});
