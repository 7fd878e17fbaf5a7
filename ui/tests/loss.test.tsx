import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { noDialog, openWindow, show } from "./window";

const HOLDS = [crypto.randomUUID(), crypto.randomUUID()];

/** Two holds, and then the store that had them is gone. */
async function afterALoss() {
  const { bridge, core, org } = await openWindow("#/guests", { kind: "production", guests: 30 });
  const [guest] = await org.guests();
  const hold = { guest: guest?.id ?? "", filter: null, reason: "Case", owner: "ada", until: null };
  for (const id of HOLDS) await core.holdAdd(id, hold);
  await bridge.close();
  const orgs = join(bridge.folder, "orgs");
  for (const org of readdirSync(orgs)) rmSync(join(orgs, org, "store"), { recursive: true });
  await bridge.open();
  return { core, user: await show(core, "#/guests") };
}

test("a lost store is told above every screen, cannot be put away, and is accepted by the connection's name only", async () => {
  const { core, user } = await afterALoss();
  const alert = within(await screen.findByRole("alert"));
  expect(alert.getByText(/Nothing is deleted until you have looked/)).toBeTruthy();
  expect(alert.queryByRole("button", { name: "I have read this" })).toBeNull();
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  await user.click(screen.getByRole("button", { name: "See what is missing…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "What is missing" }));
  expect(await dialog.findByText(/^2 holds/)).toBeTruthy();
  for (const id of HOLDS) expect(dialog.getByText(new RegExp(id.slice(0, 8)))).toBeTruthy();
  const accept = dialog.getByRole("button", { name: "Accept the loss" });
  expect(accept.hasAttribute("disabled")).toBe(true);
  await user.type(dialog.getByRole("textbox", { name: "The connection's name" }), "Support");
  expect(accept.hasAttribute("disabled")).toBe(true);
  expect(await core.loss()).not.toBeNull();
  await user.type(dialog.getByRole("textbox", { name: "The connection's name" }), " EU");
  await user.click(accept);
  await noDialog();
  await waitFor(() => expect(screen.queryByText(/Nothing is deleted until/)).toBeNull());
  expect(await core.loss()).toBeNull();
});

test("whoever closes the dialog has accepted nothing", async () => {
  const { core, user } = await afterALoss();
  await user.click(await screen.findByRole("button", { name: "See what is missing…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "What is missing" }));
  await user.click(await dialog.findByRole("button", { name: "Not now" }));
  await noDialog();
  expect(screen.getByText(/Nothing is deleted until you have looked/)).toBeTruthy();
  expect(await core.loss()).not.toBeNull();
});
