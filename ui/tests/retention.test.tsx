import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { buckets } from "../src/screens/retention/plan-detail";
import { cronWords } from "../src/screens/retention/schedule-card";
import { openWindow } from "./window";

async function previewed(options = {}) {
  const window = await openWindow("#/retention", options);
  await window.user.click(await screen.findByRole("button", { name: "Preview plan" }));
  await waitFor(() => expect(window.core.world.plan).not.toBeNull());
  return { ...window, due: window.core.world.plan?.due ?? 0 };
}

test("a preview counts and shows the oldest; the run deletes exactly those and proves it", async () => {
  const { user, core, due } = await previewed();
  const before = core.world.guests.size;
  expect(due).toBeGreaterThan(50);
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  expect(core.world.guests.size).toBe(before);
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Start run" }));

  expect(await screen.findByText("Verified", { selector: "p" })).toBeTruthy();
  const run = core.world.runs[0];
  expect(run?.state).toBe("finished");
  expect((run?.deleted ?? 0) + (run?.alreadyGone ?? 0) + (run?.spared ?? 0)).toBe(due);
  expect(core.world.guests.size).toBe(before - (run?.deleted ?? 0));
  expect(screen.queryByRole("button", { name: /^Delete \d/ })).toBeNull();

  const lines = within(screen.getByRole("list", { name: "Outcomes" }));
  await waitFor(() => expect(lines.getAllByText("Deleted").length).toBeGreaterThan(5));
  await user.click(screen.getByRole("radio", { name: /^Spared/ }));
  const spared = await waitFor(() => {
    const items = within(screen.getByRole("list", { name: "Outcomes" })).getAllByRole("listitem");
    expect(items.every((item) => item.getAttribute("data-outcome") === "spared")).toBe(true);
    return items;
  });
  expect(spared).toHaveLength(run?.spared ?? 0);
  expect(spared[0]?.textContent).toContain("changed since the plan");
});

test("on production nothing starts before the count is typed", async () => {
  const { user, due } = await previewed({ kind: "production" });
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  const modal = within(await screen.findByRole("dialog"));
  const start = modal.getByRole("button", { name: "Start run" }) as HTMLButtonElement;
  expect(start.disabled).toBe(true);
  await user.type(modal.getByRole("textbox"), String(due + 1));
  expect(start.disabled).toBe(true);
  await user.clear(modal.getByRole("textbox"));
  await user.type(modal.getByRole("textbox"), String(due));
  expect(start.disabled).toBe(false);
});

test("a read-only connection can read a plan and has nothing to delete with", async () => {
  await previewed({ kind: "production", readOnly: true });
  expect(await screen.findByText(/a plan can be read, not run/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: /^Delete|^Run now/ })).toBeNull();
});

test("a run can be paused, resumed and cancelled", async () => {
  const { user, core, due } = await previewed({ pace: 60 });
  await user.click(await screen.findByRole("button", { name: `Delete ${due} guests` }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Start run" }));
  await user.click(await screen.findByRole("button", { name: "Pause" }));
  await waitFor(() => expect(core.world.runs[0]?.state).toBe("paused"));
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  await waitFor(() => expect(core.world.runs[0]?.state).toBe("running"));
  await user.click(await screen.findByRole("button", { name: "Cancel run" }));
  await waitFor(() => expect(core.world.runs[0]?.state).toBe("cancelled"));
});

test("run now plans with the saved policy and runs it", async () => {
  const { user, core } = await openWindow("#/retention");
  await user.click(await screen.findByRole("button", { name: "Run now" }));
  expect(await screen.findByText("Verified", { selector: "p" })).toBeTruthy();
  expect(core.world.runs).toHaveLength(1);
});

test("days outside of 1 to 3,650 are refused with what is allowed", async () => {
  const { user } = await openWindow("#/retention");
  const days = await screen.findByRole("textbox", { name: "Days" });
  await user.clear(days);
  await user.type(days, "4000");
  expect(await screen.findByText("A whole number from 1 to 3,650.")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Preview plan" }) as HTMLButtonElement).disabled).toBe(true);
});

test("the policy is saved when it was changed, and the schedule is switched on", async () => {
  const { user, core } = await openWindow("#/retention");
  const days = await screen.findByRole("textbox", { name: "Days" });
  await user.clear(days);
  await user.type(days, "45");
  await user.click(screen.getByRole("button", { name: "Save policy" }));
  await waitFor(() => expect(core.world.policy.days).toBe(45));

  expect(screen.getByText("Every day at 02:00, Europe/Berlin")).toBeTruthy();
  await user.click(screen.getByRole("switch", { name: "Scheduled run" }));
  await waitFor(() => expect(core.world.schedule.armed).toBe(true));
  expect(await screen.findByText(/^Next /)).toBeTruthy();
});

describe("words and bars", () => {
  test.each([
    ["0 2 * * *", "Every day at 02:00"],
    ["30 22 * * 1-5", "Monday to Friday at 22:30"],
    ["5 4 * * 0", "Every Sunday at 04:05"],
    ["*/5 * * * *", "By cron */5 * * * *"],
  ])("%s reads %s", (cron, words) => {
    expect(cronWords(cron)).toBe(words);
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
