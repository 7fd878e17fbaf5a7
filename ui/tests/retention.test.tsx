import { readFileSync } from "node:fs";
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { WindowOptions } from "../dev/bridge";
import type { Weekday } from "../src/ipc/bindings";
import type { Core } from "../src/ipc/core";
import { cronWords } from "../src/screens/retention/cron-words";
import { buckets } from "../src/screens/retention/plan-detail";
import { quietWords } from "../src/screens/retention/policy-draft";
import { addOldGuests } from "./policy";
import { noDialog, openWindow, press, runNow } from "./window";

async function previewed(options: WindowOptions = {}) {
  const window = await openWindow("#/retention", { ...few, ...options });
  await press(window, "Preview plan");
  await screen.findByRole("heading", { name: "First to be deleted" });
  const plan = await window.core.retentionPlan();
  return { ...window, due: plan?.due ?? 0, oldest: plan?.sample[0]?.id ?? "" };
}

/** The newest run. */
const newest = async (core: Core) => (await core.retentionRuns())[0];

/** What became of the guests that are on the screen, line by line. */
const outcomes = () =>
  [...screen.getByRole("grid", { name: "Outcomes" }).querySelectorAll("[data-outcome]")].map((cell) =>
    cell.getAttribute("data-outcome"),
  );

/** As many as a run needs to have some of everything. */
const few = { guests: 60 };

test("a preview counts and shows the oldest; the run deletes exactly those and proves it", async () => {
  const { user, core, org, due, oldest } = await previewed();
  const before = await org.size();
  expect(due).toBeGreaterThan(30);
  await org.change(oldest, { attributes: { note: "wrote again" } });
  await press({ user }, `Delete ${due} guests`);
  expect(await org.size()).toBe(before);
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Start run" }));

  expect(await screen.findByText("Verified", { selector: "p" })).toBeTruthy();
  const run = await newest(core);
  expect(run?.state).toBe("finished");
  expect((run?.deleted ?? 0) + (run?.alreadyGone ?? 0) + (run?.spared ?? 0)).toBe(due);
  expect(run?.spared).toBe(1);
  expect(await org.size()).toBe(before - (run?.deleted ?? 0));
  await waitFor(() => expect(screen.queryByRole("button", { name: /^Delete \d/ })).toBeNull());

  await screen.findByRole("grid", { name: "Outcomes" });
  await waitFor(() => expect(outcomes().filter((outcome) => outcome === "deleted").length).toBeGreaterThan(5));
  await user.click(screen.getByRole("radio", { name: /^Spared/ }));
  await waitFor(() => expect(outcomes()).toEqual(["spared"]));
  const spared = screen.getByRole("grid", { name: "Outcomes" });
  expect(spared.textContent).toContain("changed since the plan");
});

test("on production nothing starts before the count is typed", async () => {
  const { user, due } = await previewed({ kind: "production", guests: 200 });
  await press({ user }, `Delete ${due} guests`);
  const modal = within(await screen.findByRole("dialog"));
  const start = modal.getByRole("button", { name: "Start run" }) as HTMLButtonElement;
  expect(start.disabled).toBe(true);
  await user.type(modal.getByRole("textbox", { name: /^This is production. Type/ }), String(due + 1));
  expect(start.disabled).toBe(true);
  await user.clear(modal.getByRole("textbox", { name: /^This is production. Type/ }));
  await user.type(modal.getByRole("textbox", { name: /^This is production. Type/ }), String(due));
  expect(start.disabled).toBe(false);
});

test("a read-only connection can read a plan and has nothing to delete with", async () => {
  await previewed({ kind: "production", readOnly: true });
  expect(await screen.findByText(/a plan can be read, not run/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: /^Delete|^Run now/ })).toBeNull();
});

/** Deletes take so long that a run is found going on. */
const SLOW = { when: { method: "DELETE" }, do: "delay:2000" };

test("a run can be paused, resumed and cancelled", async () => {
  const { user, core, org, due } = await previewed();
  await org.weather(SLOW);
  await press({ user }, `Delete ${due} guests`);
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Start run" }));
  await user.click(await screen.findByRole("button", { name: "Pause" }));
  await waitFor(async () => expect((await newest(core))?.state).toBe("paused"));
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  await waitFor(async () => expect((await newest(core))?.state).toBe("running"));
  await user.click(await screen.findByRole("button", { name: "Cancel run…" }));
  const asked = within(await screen.findByRole("dialog", { name: /^Cancel run \S+\?$/ }));
  expect((await newest(core))?.state).toBe("running");
  await user.click(asked.getByRole("button", { name: "Keep the run" }));
  await noDialog();
  expect((await newest(core))?.state).toBe("running");
  await user.click(screen.getByRole("button", { name: "Cancel run…" }));
  await user.click(await screen.findByRole("button", { name: "Cancel run for good" }));
  await waitFor(async () => expect((await newest(core))?.state).toBe("cancelled"));
});

test("run now makes the plan that is missing, asks, and runs that plan", async () => {
  const window = await openWindow("#/retention", few);
  const { core } = window;
  await runNow(window);
  expect(await screen.findByText("Verified", { selector: "p" })).toBeTruthy();
  expect(await core.retentionRuns()).toHaveLength(1);
});

test("days outside of 1 to 3,650 are refused with what is allowed", async () => {
  const { user } = await openWindow("#/retention");
  const days = await screen.findByRole("textbox", { name: "Days" });
  await user.clear(days);
  await user.type(days, "4000");
  expect(await screen.findByText("A whole number from 1 to 3,650.")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Preview plan" }) as HTMLButtonElement).disabled).toBe(true);
});

test("a cap stops the run, which says so and leaves the rest", async () => {
  const { user, core, due } = await previewed();
  await press({ user }, `Delete ${due} guests`);
  const modal = within(await screen.findByRole("dialog"));
  await user.type(modal.getByRole("textbox", { name: "At most, in this run" }), "30");
  expect(await screen.findByText(`Delete at most 30 of ${due} guests?`)).toBeTruthy();
  await user.click(modal.getByRole("button", { name: "Start run" }));
  expect(await screen.findByText(/The cap of 30 deletes was reached/)).toBeTruthy();
  expect(await newest(core)).toMatchObject({ state: "paused", deleted: 30 });
  expect(screen.getByText(/Stops after 30 guests; the rest waits/)).toBeTruthy();
});

test("the pace of a run is changed while it goes", async () => {
  const { user, core, org, due } = await previewed();
  await org.weather(SLOW);
  await press({ user }, `Delete ${due} guests`);
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Start run" }));
  await user.click(await screen.findByRole("button", { name: /^Pace: as fast as the rate budget allows/ }));
  await user.type(await screen.findByRole("textbox", { name: "Guests a minute, at most" }), "60");
  await user.click(screen.getByRole("button", { name: "Set pace" }));
  await waitFor(async () => expect((await newest(core))?.pace).toBe(60));
  expect(await screen.findByRole("button", { name: /^Pace: at most 60 guests a minute/ })).toBeTruthy();
  expect((await newest(core))?.state).toBe("running");
});

test("what became of each guest is read anew with the counts, and stands until it is there", async () => {
  const window = await openWindow("#/retention", few);
  const { core } = window;
  await runNow(window);
  await screen.findByText("Verified", { selector: "p" });
  await waitFor(() => expect(outcomes()[0]).toBe("deleted"));
  const run = await newest(core);
  if (!run) throw new Error("no run");
  core.alter("retentionOutcomes", (page) => ({
    ...page,
    outcomes: page.outcomes.map((line) => ({ ...line, outcome: "remaining" })),
  }));
  const answer = core.holdBack("retentionOutcomes");
  core.tell({ run: { ...run, deleted: run.deleted - 1, remaining: 1 } });
  await screen.findByRole("radio", { name: "Remaining 1" });
  expect(outcomes()[0]).toBe("deleted");
  answer();
  await waitFor(() => expect(outcomes()[0]).toBe("remaining"));
});

test("far more guests than usual are not deleted before the count is typed", async () => {
  const window = await openWindow("#/retention", { guests: 20 });
  const { user, core, org } = window;
  await runNow(window);
  await screen.findByText("Verified", { selector: "p" });
  await addOldGuests(org, 120);
  await press(window, "Run now…");
  const modal = within(await screen.findByRole("dialog"));
  await modal.findByRole("textbox", { name: /^Far more than usual/ });
  const due = (await core.retentionPlan())?.due ?? 0;
  expect(due).toBeGreaterThan(100);
  expect(await core.retentionRuns()).toHaveLength(1);
  await user.type(modal.getByRole("textbox", { name: new RegExp(`^Far more than usual. Type ${due}`) }), `${due}`);
  await user.click(modal.getByRole("button", { name: "Start run" }));
  await waitFor(async () => expect(await core.retentionRuns()).toHaveLength(2));
});

test("each spared guest is counted under its reason, and any one guest can be asked about", async () => {
  const { core, org, user } = await openWindow("#/retention", few);
  const held = (await org.guests()).at(-1)?.id ?? "";
  await core.holdAdd(crypto.randomUUID(), { guest: held, filter: null, reason: "Court", owner: "ada", until: null });
  await press({ user }, "Preview plan");
  const spared = within(await screen.findByRole("region", { name: "Who is spared, and why" }));
  const line = (await spared.findByText("on hold")).closest("tr");
  expect(line?.textContent).toBe("on hold1");
  expect((await core.retentionPlan())?.held).toBe(1);

  const why = within(screen.getByRole("region", { name: "Why one guest is deleted or stays" }));
  await user.type(why.getByRole("textbox", { name: "Guest id" }), held);
  await user.click(why.getByRole("button", { name: "Why?" }));
  expect(await why.findByText("Stays")).toBeTruthy();
  expect(why.getByText(/on hold: Court \(ada\)/)).toBeTruthy();
  const [pick] = await screen.findAllByRole("button", { name: /^Why .+\?$/ });
  if (!pick) throw new Error("the sample has no guest");
  await user.click(pick);
  expect(await why.findByText("Would be deleted")).toBeTruthy();
});

test("the certificate is read in the window and saved to a new file", async () => {
  const window = await openWindow("#/retention", few);
  const { user, core } = window;
  await runNow(window);
  await press({ user }, "Certificate");
  const modal = within(await screen.findByRole("dialog", { name: /^Certificate of run / }));
  expect(await modal.findByText("Genuine")).toBeTruthy();
  const run = await newest(core);
  expect(modal.getByText(new RegExp(`^${run?.total} in all: ${run?.deleted} deleted`))).toBeTruthy();
  await user.click(modal.getByRole("button", { name: "Save certificate" }));
  const saved = await modal.findByTitle(/certificate-.*\.jsonl$/);
  expect(readFileSync(saved.title, "utf8")).toContain(run?.run ?? "no run");
  await user.click(modal.getByRole("button", { name: "Save certificate" }));
  expect(await modal.findByText(/exists already; nothing was written$/)).toBeTruthy();
});

test("a certificate that was changed is not shown as proof", async () => {
  const window = await openWindow("#/retention", few);
  const { user, core } = window;
  await runNow(window);
  await screen.findByText("Verified", { selector: "p" });
  core.alter("retentionCertificate", (real) => ({ ...real, genuine: false, problem: "Line 3 was changed." }));
  await press({ user }, "Certificate");
  expect(await screen.findByText("Not genuine: do not rely on it")).toBeTruthy();
  expect(screen.getByText("Line 3 was changed.")).toBeTruthy();
  expect(screen.queryByText("Genuine")).toBeNull();
});

test("the forecast asks the org only when told to, and compares another number of days", async () => {
  const { user, core } = await openWindow("#/retention", few);
  const card = within(await screen.findByRole("region", { name: "Due in the next 90 days" }));
  const lists = async () =>
    (await core.activityList()).filter(({ path, method }) => path === "/api/v2/guests" && method === "GET").length;
  // The connection's own test asks for a guest.
  expect(await lists()).toBeLessThanOrEqual(1);
  await user.click(card.getByRole("button", { name: "Look ahead" }));
  expect(await card.findByRole("img", { name: /fall due in the next 90 days, most on/ })).toBeTruthy();
  await user.type(card.getByRole("textbox", { name: "What would another number of days do?" }), "10");
  expect(await card.findByText(/^10 days: \d+ more guests due at once$/)).toBeTruthy();
  expect(await lists()).toBeGreaterThan(1);
});

describe("words and bars", () => {
  test.each([
    ["0 2 * * *", "Every day at 02:00"],
    ["30 22 * * 1-5", "Monday to Friday at 22:30"],
    ["5 4 * * 0", "Every Sunday at 04:05"],
    ["0 2,14 * * MON,WED,FRI", "Every Monday, Wednesday and Friday at 02:00 and 14:00"],
    ["15 3 1 * *", "On day 1 of each month at 03:15"],
    ["*/5 * * * *", "Every 5 minutes"],
    ["0 */6 * * *", "Every 6 hours at minute 0"],
    ["0 2 * 12 *", "By cron 0 2 * 12 *"],
    ["0 2 1 * 5", "By cron 0 2 1 * 5"],
  ])("%s reads %s", (cron, words) => {
    expect(cronWords(cron)).toBe(words);
  });

  test("quiet hours read by their days", () => {
    const quiet = (days: Weekday[]) => quietWords({ zone: "UTC", windows: [{ days, from: "08:00", to: "18:00" }] });
    expect(quiet(["mon", "tue", "wed", "thu", "fri"])).toBe("Quiet Mon–Fri 08:00–18:00 (UTC)");
    expect(quiet(["sun", "mon"])).toBe("Quiet Mon and Sun 08:00–18:00 (UTC)");
    expect(quiet([])).toBe("Quiet daily 08:00–18:00 (UTC)");
    expect(quietWords({ zone: "UTC", windows: [] })).toBe("No quiet hours");
  });

  test("every guest is in one bar, however wide the ages spread", () => {
    const ages = [
      { days: 31, guests: 3 },
      { days: 90, guests: 5 },
      { days: 900, guests: 7 },
    ];
    const bars = buckets(ages);
    expect(bars.length).toBeLessThanOrEqual(41);
    expect(bars.reduce((sum, bar) => sum + bar.value, 0)).toBe(15);
  });
});
