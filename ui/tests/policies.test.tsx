import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { addOldGuests, first, letItFallDue, savePolicy } from "./policy";
import { openWindow, press, runNow, type TestWindow } from "./window";

/** As many as a plan needs to have some of everything. */
const few = { guests: 60 };

async function editor({ user }: TestWindow) {
  await user.click(await screen.findByRole("button", { name: "Edit policy…" }));
  return within(await screen.findByRole("dialog", { name: "Retention policy Default" }));
}

async function fillIn({ user }: TestWindow, field: HTMLElement, text: string) {
  await user.clear(field);
  await user.type(field, text);
}

async function confirmed(window: TestWindow) {
  await window.user.click(await screen.findByRole("button", { name: "Confirm…" }));
  const modal = within(await screen.findByRole("dialog", { name: "Confirm Default?" }));
  const button = await modal.findByRole("button", { name: /^Confirm with \d+ guests due$/ });
  const shown = Number(button.textContent?.match(/\d+/)?.[0]);
  await window.user.click(button);
  await waitFor(async () => expect((await first(window.core)).confirmed).not.toBeNull());
  return shown;
}

test("what saving changes is shown before it is saved, and the button says how much of it is stronger", async () => {
  const window = await openWindow("#/retention", few);
  const form = await editor(window);
  expect((form.getByRole("button", { name: "Nothing to save" }) as HTMLButtonElement).disabled).toBe(true);
  await fillIn(window, form.getByRole("textbox", { name: "Days" }), "20");
  await fillIn(window, form.getByRole("textbox", { name: "Cron" }), "30 22 * * 1-5");
  expect(form.getByText("Monday to Friday at 22:30")).toBeTruthy();
  const changes = within(await form.findByRole("list", { name: "What saving changes" }));
  await waitFor(() => expect(changes.getAllByRole("listitem")).toHaveLength(2));
  const days = changes.getByText("Days").closest("li");
  expect(days?.hasAttribute("data-stronger")).toBe(true);
  expect(days?.textContent).toMatch(/30 →\s+becomes\s+20$/);
  expect(changes.getByText("Schedule").closest("li")?.hasAttribute("data-stronger")).toBe(false);
  expect((await first(window.core)).what.days).toBe(30);

  await press(window, "Save 2 changes, 1 stronger");
  await waitFor(async () => expect((await first(window.core)).what.days).toBe(20));
  await waitFor(() => expect(screen.queryByRole("dialog", { name: "Retention policy Default" })).toBeNull());
  expect(await screen.findByText(/^Monday to Friday at 22:30, /)).toBeTruthy();
});

test("what was tried on the card is taken over into the editor", async () => {
  const window = await openWindow("#/retention", few);
  await fillIn(window, await screen.findByRole("textbox", { name: "Days" }), "45");
  await window.user.click(screen.getByRole("button", { name: "Review 1 change…" }));
  const form = within(await screen.findByRole("dialog", { name: "Retention policy Default" }));
  expect((form.getByRole("textbox", { name: "Days" }) as HTMLInputElement).value).toBe("45");
  expect(await form.findByText("No guest can go that could not before.")).toBeTruthy();
  await press(window, "Save 1 change");
  await waitFor(async () => expect((await first(window.core)).what.days).toBe(45));
});

test("quiet hours, cap, pace and brake are saved with the rest", async () => {
  const window = await openWindow("#/retention", few);
  const form = await editor(window);
  await window.user.click(form.getByRole("button", { name: "Add quiet hours" }));
  for (const day of ["Sat", "Sun"]) await window.user.click(form.getByRole("checkbox", { name: day }));
  await fillIn(window, form.getByRole("textbox", { name: "Quiet hours 1, from" }), "25:00");
  expect(form.getByText("Times such as 22:00.")).toBeTruthy();
  await fillIn(window, form.getByRole("textbox", { name: "Quiet hours 1, from" }), "22:00");
  await window.user.type(form.getByRole("textbox", { name: "Guests a run, at most" }), "500");
  await window.user.type(form.getByRole("textbox", { name: "Guests a minute, at most" }), "60");
  await fillIn(window, form.getByRole("textbox", { name: "Times the usual" }), "5");
  await press(window, "Save 4 changes, 1 stronger");
  await waitFor(async () =>
    expect(await first(window.core)).toMatchObject({
      cap: 500,
      pace: 60,
      brake: { times: 5, floor: 100 },
      quiet: { followsSchedule: true, windows: [{ days: ["sat", "sun"], from: "22:00", to: "18:00" }] },
    }),
  );
  const shown = /^Quiet Sat and Sun 22:00–18:00 \([A-Z].*\) .* At most 500 guests a run/;
  expect(await screen.findByText(shown)).toBeTruthy();
});

test("a filter that is cleared means everyone, and the list of changes says so", async () => {
  const window = await openWindow("#/retention", few);
  const { what } = await first(window.core);
  await savePolicy(window.core, { what: { ...what, filter: "active = false" } });
  await screen.findByDisplayValue("active = false");
  const form = await editor(window);
  await window.user.clear(form.getByRole("textbox", { name: "Only guests that match" }));
  const changes = within(await form.findByRole("list", { name: "What saving changes" }));
  await waitFor(() => expect(changes.getByText("everyone")).toBeTruthy());
  await press(window, "Save 1 change, 1 stronger");
  await waitFor(async () => expect((await first(window.core)).what.filter).toBeNull());
});

test("a policy acts by itself only after a person has seen how many it would take", async () => {
  const window = await openWindow("#/retention", few);
  expect(await screen.findByText(/^Confirmed by nobody yet/)).toBeTruthy();
  const shown = await confirmed(window);
  expect(shown).toBeGreaterThan(30);
  const by = await window.core.holdOwner();
  expect((await first(window.core)).confirmed).toMatchObject({ by, due: shown });
  expect(await screen.findByText(new RegExp(`^Confirmed by ${by} on .*, with ${shown} due$`))).toBeTruthy();

  const form = await editor(window);
  await fillIn(window, form.getByRole("textbox", { name: "Days" }), "20");
  await press(window, "Save 1 change, 1 stronger");
  const waits = within(await screen.findByRole("status", { name: "Waits for confirmation" }));
  expect(waits.getByText("Stronger than what was confirmed.")).toBeTruthy();
  expect(within(waits.getByRole("list")).getByText("Days")).toBeTruthy();
});

test("the schedule is switched on", async () => {
  const { user, core } = await openWindow("#/retention", few);
  await user.click(await screen.findByRole("switch", { name: "Scheduled run" }));
  await waitFor(async () => expect((await first(core)).schedule.armed).toBe(true));
  expect(await screen.findByText(/^On, but nothing runs before the policy is confirmed · due /)).toBeTruthy();
});

test("quiet hours that go on are told with their end", async () => {
  const { core } = await openWindow("#/retention", few);
  await screen.findByRole("switch", { name: "Scheduled run" });
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  // Read once: the minute may change before the story ends.
  const [from, to] = [at(-1), at(2)];
  const windows = [{ days: [], from, to }];
  await savePolicy(core, { zone: "UTC", quiet: { zone: "UTC", followsSchedule: true, windows } });
  expect(await screen.findByText(new RegExp(`^Quiet until .*${to} \\(UTC\\)$`))).toBeTruthy();
});

test("a due run far above the usual waits, everywhere to be seen, until its count is typed", async () => {
  const window = await openWindow("#/retention", { guests: 20 });
  const { user, core, org } = window;
  await runNow(window);
  await screen.findByText("Verified", { selector: "p" });
  await addOldGuests(org, 120);
  await user.click(screen.getByRole("link", { name: "Guests" }));
  await letItFallDue(window, 20);
  await user.click(
    await screen.findByRole("link", {
      name: "Scheduled run of Default waits for your decision: far more guests than usual",
    }),
  );
  const ask = within(await screen.findByRole("alert"));
  expect(ask.getByText("Default: Far more guests than usual are due")).toBeTruthy();
  await press(window, "Preview", ask.getByRole);
  const used = (await core.retentionRuns())[0]?.plan;
  await waitFor(async () => expect((await core.retentionPlan())?.plan).not.toBe(used));
  expect(await core.retentionRuns()).toHaveLength(1);

  await user.click(ask.getByRole("button", { name: "Allow this run…" }));
  const modal = within(await screen.findByRole("dialog", { name: "Allow this run of Default?" }));
  const allow = (await modal.findByRole("button", { name: /^Delete \d+ guests$/ })) as HTMLButtonElement;
  const due = (await core.retentionPlan())?.due ?? 0;
  const facts = within(modal.getByRole("table", { name: "What the run does" }));
  expect(facts.getByText("Default")).toBeTruthy();
  expect(facts.getByText(`${due} guests due`)).toBeTruthy();
  expect(facts.getByText(/^No cap/)).toBeTruthy();
  expect(allow.disabled).toBe(true);
  expect(await core.retentionRuns()).toHaveLength(1);
  await user.type(modal.getByRole("textbox", { name: `Far more than usual. Type ${due} to go on` }), `${due}`);
  await user.click(allow);
  await waitFor(async () => expect((await core.retentionRuns())[0]).toMatchObject({ origin: "schedule" }));
  await waitFor(() => expect(screen.queryByText("Default: Far more guests than usual are due")).toBeNull());
});

test("a jump of the clock is answered without a count", async () => {
  const window = await openWindow("#/retention", few);
  const { user, core, bridge } = window;
  await letItFallDue(window, 40);
  await waitFor(async () => expect((await core.retentionRuns())[0]?.verified).toBe(true));
  // The console's clock alone: the org knows better.
  await bridge.jump(30 * 3_600);
  await user.click(await screen.findByRole("button", { name: "Allow this run…" }));
  const modal = within(await screen.findByRole("dialog", { name: "Allow this run of Default?" }));
  await modal.findByRole("table", { name: "What the run does" });
  expect(modal.queryByRole("textbox")).toBeNull();
  await user.click(modal.getByRole("button", { name: "Not now" }));
  expect(await core.retentionRuns()).toHaveLength(1);
});

test("a due run that nobody has confirmed is answered by confirming", async () => {
  const window = await openWindow("#/retention", few);
  const { user, core } = window;
  await letItFallDue(window, null);
  await user.click(await screen.findByRole("button", { name: "Confirm policy…" }));
  await user.click(await screen.findByRole("button", { name: /^Confirm with \d+ guests due$/ }));
  await waitFor(async () => expect((await first(core)).confirmed).not.toBeNull());
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

test("several policies stand beside each other; a new one does nothing by itself, and one can be removed", async () => {
  const { user, core } = await openWindow("#/retention", few);
  await user.click(await screen.findByRole("button", { name: "More for the policy Default" }));
  await user.click(await screen.findByRole("menuitem", { name: "New policy…" }));
  const form = within(await screen.findByRole("dialog", { name: "New retention policy" }));
  await user.type(form.getByRole("textbox", { name: "Name" }), "Silver");
  await user.type(form.getByRole("textbox", { name: "Only guests that match" }), 'attributes.tier = "silver"');
  expect(form.getByText(/a new policy is switched off and confirmed by nobody/)).toBeTruthy();
  const add = form.getByRole("button", { name: "Add policy" }) as HTMLButtonElement;
  await waitFor(() => expect(add.disabled).toBe(false));
  await user.click(add);
  await waitFor(async () => expect(await core.retentionPolicies()).toHaveLength(2));
  const added = (await core.retentionPolicies())[1];
  expect(added).toMatchObject({ name: "Silver", confirmed: null, schedule: { armed: false } });
  expect(added?.id).toMatch(/^[a-z0-9-]{1,64}$/);

  const tabs = await screen.findByRole("radiogroup", { name: "Policy" });
  await waitFor(() =>
    expect((within(tabs).getByRole("radio", { name: "Silver" }) as HTMLInputElement).checked).toBe(true),
  );
  await user.click(screen.getByRole("button", { name: "More for the policy Silver" }));
  await user.click(await screen.findByRole("menuitem", { name: "Remove Silver…" }));
  await user.click(await screen.findByRole("button", { name: "Remove policy" }));
  await waitFor(async () => expect((await core.retentionPolicies()).map(({ name }) => name)).toEqual(["Default"]));
  expect(await screen.findByRole("button", { name: "More for the policy Default" })).toBeTruthy();
});

test("a refused field is told at the field, and nothing is saved", async () => {
  const window = await openWindow("#/retention", few);
  const form = await editor(window);
  await fillIn(window, form.getByRole("textbox", { name: "Cron" }), "0 2");
  expect(form.getByText("Five fields: minute hour day month weekday.")).toBeTruthy();
  expect(form.getByText("Correct what is marked above first.")).toBeTruthy();
  expect((form.getByRole("button", { name: "Nothing to save" }) as HTMLButtonElement).disabled).toBe(true);
});

test("over a read-only connection nothing can be edited, confirmed, switched on or run", async () => {
  const { core } = await openWindow("#/retention", { kind: "production", readOnly: true });
  expect(await screen.findByText(/a plan can be read, not run/)).toBeTruthy();
  const asks = { code: "clockJump", message: "The clock jumped.", since: new Date().toISOString(), due: null } as const;
  core.alter("retentionPolicies", (policies) => policies.map((policy) => ({ ...policy, asks })));
  core.tell({}, "retention");
  expect(await screen.findByText("The clock jumped.")).toBeTruthy();
  expect((screen.getByRole("switch", { name: "Scheduled run" }) as HTMLInputElement).disabled).toBe(true);
  expect(screen.queryByRole("button", { name: /^(Edit|Confirm|Run now|Delete|Allow|More for the policy)/ })).toBeNull();
});
