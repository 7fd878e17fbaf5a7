import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openFirstGuest, openMockWindow } from "./window";

test("what was done is written down, newest first, and the log is checked", async () => {
  const window = await openMockWindow();
  const { user, core } = window;
  await openFirstGuest(window);
  core.world.note("planMade", "A plan was made: 93 guests due, 41 spared.");
  core.world.note("guestDeleted", "A guest was deleted by hand.", "5dd9a1f2-1111-4222-8333-944445551b6a");
  await user.click(screen.getByRole("link", { name: "Activity" }));
  await user.click(await screen.findByRole("tab", { name: "Audit log" }));
  expect(window.core.world.audit).toHaveLength(2);
  expect(globalThis.location.hash).toBe("#/activity/audit");
  const grid = within(await screen.findByRole("grid", { name: "Lines of the audit log" }));
  await grid.findByText("A guest was deleted by hand.");
  const rows = grid.getAllByRole("row").slice(1);
  expect(rows[0]?.textContent).toMatch(/^2.*ada.*A guest was deleted by hand\.5dd9a1f21111$/);
  const check = within(screen.getByRole("status", { name: "Integrity check" }));
  expect(check.getByText("Whole")).toBeTruthy();
  expect(check.getByText(/^2 lines, each in its place/)).toBeTruthy();
});

test("a long log is read page by page", async () => {
  const { core } = await openMockWindow("#/guests");
  for (let n = 0; n < 1000; n += 1) core.world.note("guestEdited", `Edit ${n}.`);
  const asked: number[] = [];
  const page = core.auditPage;
  core.auditPage = (offset, limit) => {
    asked.push(offset);
    return page(offset, limit);
  };
  globalThis.location.hash = "#/activity/audit";
  const grid = await screen.findByRole("grid", { name: "Lines of the audit log" });
  await within(grid).findByText("Edit 999.");
  expect(grid.getAttribute("aria-rowcount")).toBe("1001");
  expect(new Set(asked)).toEqual(new Set([0]));
  expect(within(grid).queryByText("Edit 1.")).toBeNull();
});

test("a broken log says where, and is set aside only after it was explained", async () => {
  const { user, core } = await openMockWindow("#/guests");
  for (let n = 0; n < 9; n += 1) core.world.note("guestEdited", `Edit ${n}.`);
  core.world.auditBroken = { line: 7, problem: "Line 7 was changed after it was written." };
  globalThis.location.hash = "#/activity/audit";
  const alert = within(await screen.findByRole("alert"));
  expect(alert.getByText("The audit log is broken at line 7")).toBeTruthy();
  expect(alert.getByText("Line 7 was changed after it was written.")).toBeTruthy();
  await user.click(alert.getByRole("button", { name: "Set aside…" }));
  const modal = within(await screen.findByRole("dialog", { name: "Set the broken log aside?" }));
  expect(modal.getByText(/Nothing is repaired and nothing is deleted/)).toBeTruthy();
  expect(core.world.audit).toHaveLength(9);
  await user.click(modal.getByRole("button", { name: "Set aside and begin a new log" }));
  expect(await screen.findByText("Whole")).toBeTruthy();
  await waitFor(() => expect(core.world.audit).toHaveLength(1));
  expect(await screen.findByText(/6 lines of it were whole/)).toBeTruthy();
});

test("the palette leads to holds, policies and the audit log", async () => {
  const { user } = await openMockWindow();
  await screen.findByText("250 guests");
  for (const [words, name, hash] of [
    ["audit", "Show and check the audit log", "#/activity/audit"],
    ["put a guest", "Put a guest on hold", "#/retention/hold"],
    ["new retention", "New retention policy", "#/retention/new"],
    ["confirm", "Confirm the retention policy", "#/retention/confirm"],
  ] as const) {
    globalThis.location.hash = "#/guests";
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("textbox", { name: "Find a guest or an action" }), words);
    await user.click(await screen.findByRole("button", { name: new RegExp(`^${name}`) }));
    await waitFor(() => expect(globalThis.location.hash).toBe(hash));
  }
});

test("a notice of the folder leads to where it is answered, and is not told twice there", async () => {
  const { user, core } = await openMockWindow();
  await screen.findByText("250 guests");
  core.world.note("guestDeleted", "A guest was deleted by hand.");
  core.world.status = {
    ...core.world.status,
    notices: [{ id: "audit-broken-1", title: "The audit log is broken", message: "At line 7.", paths: [] }],
  };
  core.publish();
  await user.click(await screen.findByRole("link", { name: "Open the audit log" }));
  expect(await screen.findByRole("grid", { name: "Lines of the audit log" })).toBeTruthy();
  expect(screen.queryByText("At line 7.")).toBeNull();
});
