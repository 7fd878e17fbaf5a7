import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { NamedPolicyView } from "../src/ipc/bindings";
import type { MockCore } from "../src/ipc/mock";
import { misfitOf } from "../src/screens/retention/plan-fit";
import { type MockWindow, openMockWindow } from "./window";

async function preview({ user, core }: MockWindow) {
  const before = core.world.plan?.plan;
  await user.click(await screen.findByRole("button", { name: "Preview plan" }));
  await waitFor(() => expect(core.world.plan?.plan).not.toBe(before));
  return core.world.plan?.due ?? 0;
}

async function previewed(options = {}) {
  const window = await openMockWindow("#/retention", options);
  return { window, due: await preview(window) };
}

const noDelete = () => expect(screen.queryByRole("button", { name: /^Delete \d/ })).toBeNull();

const PUT_AWAY = "The plan was made for other values and was put away. Preview again.";

function change(core: MockCore, part: Partial<NamedPolicyView>) {
  core.world.policies = core.world.policies.map((policy, place) => (place === 0 ? { ...policy, ...part } : policy));
  core.publish("retention");
}

function addSilver(core: MockCore) {
  const [first] = core.world.policies;
  if (!first) throw new Error("the mock has no policy");
  const what = { ...first.what, filter: 'attributes.tier = "silver"' };
  core.world.policies = [...core.world.policies, { ...first, id: "silver", name: "Silver", what }];
  core.publish("retention");
}

test.each(["test", "production", "development", "simulator"] as const)(
  "on a %s connection run now starts nothing at one press, and the plan on the screen is the one that runs",
  async (kind) => {
    const { window, due } = await previewed({ kind });
    const { user, core } = window;
    const plan = core.world.plan?.plan;
    await user.click(screen.getByRole("button", { name: "Run now…" }));
    const modal = within(await screen.findByRole("dialog", { name: `Delete ${due} guests?` }));
    expect(core.world.runs).toHaveLength(0);
    expect(core.world.plan?.plan).toBe(plan);
    if (kind === "production") {
      await user.type(modal.getByRole("textbox", { name: /^This is production/ }), `${due}`);
    }
    await user.click(modal.getByRole("button", { name: "Start run" }));
    await waitFor(() => expect(core.world.runs).toHaveLength(1));
    expect(core.world.runs[0]?.plan).toBe(plan);
  },
);

test("the confirmation names policy, days, cut-off, filter, count, cap and pace", async () => {
  const window = await openMockWindow("#/retention");
  const { core, user } = window;
  const [first] = core.world.policies;
  if (!first) throw new Error("the mock has no policy");
  change(core, { what: { ...first.what, filter: 'attributes.tier != "gold"' }, cap: 12, pace: 60 });
  await screen.findByDisplayValue('attributes.tier != "gold"');
  const due = await preview(window);
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  const modal = within(await screen.findByRole("dialog", { name: `Delete at most 12 of ${due} guests?` }));
  const facts = within(modal.getByRole("table", { name: "What the run does" }));
  expect(facts.getByText("Default")).toBeTruthy();
  expect(facts.getByText(`${due} guests due`)).toBeTruthy();
  expect(facts.getByText(/^30 days since creation: before 23 Oct/)).toBeTruthy();
  expect(facts.getByText('attributes.tier != "gold"')).toBeTruthy();
  expect((modal.getByRole("textbox", { name: "At most, in this run" }) as HTMLInputElement).value).toBe("12");
  expect((modal.getByRole("textbox", { name: "At most, a minute" }) as HTMLInputElement).value).toBe("60");
});

test("without a filter the confirmation says that it is everybody", async () => {
  const { window, due } = await previewed();
  await window.user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  expect(await screen.findByText("None: every guest of that age")).toBeTruthy();
});

test("every question of the core has an answer of its own, and one never covers another", async () => {
  const { window, due } = await previewed({ kind: "production" });
  const { core, user } = window;
  const asked = [
    { code: "count" as const, message: "Many guests of a production org would go." },
    { code: "clock" as const, message: "The clock was 48 hours ahead when the plan was made." },
    { code: "unusual" as const, message: "Far more guests than usual would go." },
  ];
  const real = core.retentionPlan;
  core.retentionPlan = async () => {
    const plan = await real();
    return plan && { ...plan, questions: asked };
  };
  core.publish("retention");
  const told: unknown[] = [];
  core.retentionRun = async (_plan, answers) => {
    told.push(answers);
    throw new Error("enough");
  };
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
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
  expect(screen.queryByText("First to go")).toBeNull();
  await user.clear(days);
  await user.type(days, "30");
  expect(screen.getByText(PUT_AWAY)).toBeTruthy();
  noDelete();
  await preview(window);
  expect(await screen.findByRole("button", { name: /^Delete \d/ })).toBeTruthy();
  expect(core.world.runs).toHaveLength(0);
});

test.each([
  [
    "the filter",
    async ({ user }: MockWindow) => user.type(screen.getByRole("textbox", { name: "Only guests that match" }), "x"),
  ],
  [
    "the age's beginning",
    async ({ user }: MockWindow) => user.click(screen.getByRole("radio", { name: "Last activity" })),
  ],
  [
    "who is spared",
    async ({ user }: MockWindow) => user.click(screen.getByRole("checkbox", { name: "Spare active guests" })),
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
  addSilver(core);
  await user.click(await screen.findByRole("radio", { name: "Silver" }));
  expect(await screen.findByText("The plan was made for Default and is not shown here. Preview again.")).toBeTruthy();
  noDelete();
  await user.click(screen.getByRole("button", { name: "Run now…" }));
  await screen.findByRole("dialog", { name: /^Delete \d+ guests?\?$/ });
  expect(core.world.plan).toMatchObject({ madeFor: "silver", policy: { filter: 'attributes.tier = "silver"' } });
  expect(core.world.runs).toHaveLength(0);
});

test("a policy that is saved or removed elsewhere puts its plan away, also under an open question", async () => {
  const { window, due } = await previewed();
  const { core, user } = window;
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  await screen.findByRole("dialog", { name: `Delete ${due} guests?` });
  const [first] = core.world.policies;
  if (!first) throw new Error("the mock has no policy");
  change(core, { what: { ...first.what, days: 60 } });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(await screen.findByText(/^The policy was changed since the plan/)).toBeTruthy();
  noDelete();
});

test("a plan that a run has used has nothing to delete with", async () => {
  const { window, due } = await previewed();
  const { core, user } = window;
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  await user.click(await screen.findByRole("button", { name: "Start run" }));
  expect(await screen.findByText(/run r-0001 has used this plan/)).toBeTruthy();
  noDelete();
  expect(core.world.runs).toHaveLength(1);
});

test("holds that were changed since the plan are told beside its number", async () => {
  const { window, due } = await previewed();
  const { core, user } = window;
  const real = core.retentionPlan;
  core.retentionPlan = async () => {
    const plan = await real();
    return plan && { ...plan, holdsChanged: true };
  };
  core.publish("retention");
  expect(await screen.findByText(/^Holds were changed since/)).toBeTruthy();
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  expect(await screen.findByText(/^Changed since the plan\. New ones keep their guests/)).toBeTruthy();
});

test("whatever differs, a plan is no plan of it", async () => {
  const { window } = await previewed();
  const { plan } = window.core.world;
  if (!plan) throw new Error("the mock made no plan");
  const { policy: what } = plan;
  expect(misfitOf(plan, "default", what)).toBeNull();
  for (const other of [
    { ...what, days: what.days + 1 },
    { ...what, fromLastActivity: !what.fromLastActivity },
    { ...what, filter: "active = true" },
    { ...what, spareActive: !what.spareActive },
    { ...what, spareOpenConversations: !what.spareOpenConversations },
    null,
  ]) {
    expect(misfitOf(plan, "default", other)).toBe("otherValues");
  }
  expect(misfitOf(plan, "silver", what)).toBe("otherPolicy");
  expect(misfitOf({ ...plan, outdated: "policyRemoved" }, "default", what)).toBe("policyRemoved");
});
