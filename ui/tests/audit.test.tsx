import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { noDialog, openFirstGuest, openWindow, type TestWindow } from "./window";

/** Two lines for the log: a plan was made, and a guest was deleted by hand. */
async function planAndDelete({ core, org }: TestWindow) {
  const [policy] = await core.retentionPolicies();
  if (policy) await core.retentionPreview(policy.id, policy.what);
  const [guest] = await org.guests();
  if (guest) await core.guestDelete(guest.id, String(guest.version));
}

/** So many lines: holds that are added. */
async function addHolds({ core, org }: TestWindow, many: number) {
  const [guest] = await org.guests();
  const draft = { guest: guest?.id ?? "", filter: null, owner: "ada", until: null };
  const added = Array.from({ length: many }, (_, n) => ({ ...draft, reason: `Case ${n}` }));
  await Promise.all(added.map((hold) => core.holdAdd(crypto.randomUUID(), hold)));
}

test("what was done is written down, newest first, and the log is checked", async () => {
  const window = await openWindow();
  const { user, core, org } = window;
  await openFirstGuest(window);
  await planAndDelete(window);
  await user.click(screen.getByRole("link", { name: "Activity" }));
  await user.click(await screen.findByRole("tab", { name: "Audit log" }));
  const [newest] = (await core.auditPage(0, 1)).lines;
  expect(await org.size()).toBe(249);
  expect(globalThis.location.hash).toBe("#/activity/audit");
  const grid = within(await screen.findByRole("grid", { name: "Lines of the audit log" }));
  await grid.findByText("Deleted a guest by hand.");
  const rows = grid.getAllByRole("row").slice(1);
  expect(rows).toHaveLength(2);
  const line = new RegExp(`^2.*${newest?.user}.*Deleted a guest by hand\\.${newest?.subject}$`);
  expect(rows[0]?.textContent).toMatch(line);
  const check = within(screen.getByRole("status", { name: "Integrity check" }));
  expect(await check.findByText("Intact")).toBeTruthy();
  expect(check.getByText(/^2 lines, each in its place/)).toBeTruthy();
});

test("a long log is read page by page", async () => {
  const window = await openWindow("#/guests");
  const { core } = window;
  await addHolds(window, 150);
  const asked: number[] = [];
  const page = core.auditPage;
  core.auditPage = (offset, limit) => {
    asked.push(offset);
    return page(offset, limit);
  };
  globalThis.location.hash = "#/activity/audit";
  const grid = await screen.findByRole("grid", { name: "Lines of the audit log" });
  await within(grid).findByText(/^150/);
  expect(grid.getAttribute("aria-rowcount")).toBe("151");
  expect(new Set(asked)).toEqual(new Set([0]));
});

test("a broken log says where, and is set aside only after it was explained", async () => {
  const window = await openWindow("#/guests");
  const { user, core, bridge } = window;
  await addHolds(window, 9);
  // Somebody makes another hold of the seventh line.
  const file = join(bridge.folder, "connections", "simulator", "audit.jsonl");
  const lines = readFileSync(file, "utf8").split("\n");
  lines[6] = lines[6]?.replace("hold", "hole") ?? "";
  writeFileSync(file, lines.join("\n"));
  globalThis.location.hash = "#/activity/audit";
  const alert = within(await screen.findByRole("alert"));
  expect(alert.getByText("The audit log is broken at line 7")).toBeTruthy();
  await user.click(alert.getByRole("button", { name: "Set aside…" }));
  const modal = within(await screen.findByRole("dialog", { name: "Set the broken log aside?" }));
  expect(modal.getByText(/Nothing is repaired and nothing is deleted/)).toBeTruthy();
  await user.click(modal.getByRole("button", { name: "Set aside and begin a new log" }));
  expect(await screen.findByText("Intact")).toBeTruthy();
  const { lines: begun, total } = await core.auditPage(0, 10);
  expect(total).toBe(1);
  expect(begun[0]?.text).toMatch(/6 /);
  expect(await screen.findByText(begun[0]?.text ?? "")).toBeTruthy();
});

test("the palette leads to holds, policies and the audit log", async () => {
  const { user } = await openWindow();
  await screen.findByText("250 guests");
  for (const [words, name, hash] of [
    ["audit", "Show and check the audit log", "#/activity/audit"],
    ["put a guest", "Put a guest on hold", "#/retention/hold"],
    ["new retention", "New retention policy", "#/retention/new"],
    ["confirm", "Confirm the retention policy", "#/retention/confirm"],
  ] as const) {
    globalThis.location.hash = "#/guests";
    await noDialog();
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("textbox", { name: "Find a guest or an action" }), words);
    await user.click(await screen.findByRole("button", { name: new RegExp(`^${name}`) }));
    await waitFor(() => expect(globalThis.location.hash).toBe(hash));
  }
});

test("a notice of the folder leads to where it is answered, and is not told twice there", async () => {
  const window = await openWindow();
  const { user, core } = window;
  // Without any line there is no grid.
  await addHolds(window, 1);
  core.tell({
    notices: [{ id: "audit-broken-1", title: "The audit log is broken", message: "At line 7.", paths: [] }],
  });
  await user.click(await screen.findByRole("link", { name: "Open the audit log" }));
  expect(await screen.findByRole("grid", { name: "Lines of the audit log" })).toBeTruthy();
  expect(screen.queryByText("At line 7.")).toBeNull();
});
