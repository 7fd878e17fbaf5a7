import { chmodSync } from "node:fs";
import { createEvent, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { parseRoute } from "../src/routes";
import { goOffline, openWindow } from "./window";

test("a link to another screen is followed by the page itself; other clicks are the window's", async () => {
  await openWindow("#/guests");
  const link = await screen.findByRole("link", { name: "Outbox" });
  const held = createEvent.click(link, { ctrlKey: true });
  fireEvent(link, held);
  expect(held.defaultPrevented).toBe(false);
  window.location.hash = "#/guests";
  const plain = createEvent.click(link);
  fireEvent(link, plain);
  expect(plain.defaultPrevented).toBe(true);
  expect(window.location.hash).toBe("#/outbox");
  await screen.findByRole("heading", { name: "Outbox" });
});

test("a locked data folder fills the window with cause and next step, and opens once it is free", async () => {
  const { user, bridge } = await openWindow("#/guests", { folder: "locked" });
  expect(await screen.findByRole("heading", { name: "Another Innkeeper has this data folder open" })).toBeTruthy();
  expect(screen.getByText(/process \d+/)).toBeTruthy();
  await bridge.unlock();
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("250 guests")).toBeTruthy();
});

test("a folder that others may write to is shown with the command that mends it, and no connection gets around it", async () => {
  const { user, bridge } = await openWindow("#/guests", { folder: "exposed" });
  expect(await screen.findByRole("heading", { name: "Others may write to this data folder" })).toBeTruthy();
  expect(screen.getByText(new RegExp(`chmod .*${bridge.folder}`))).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Use" })).toBeNull();
  chmodSync(bridge.folder, 0o700);
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("250 guests")).toBeTruthy();
});

test("production colours the edge of the window and says so", async () => {
  await openWindow("#/guests", { kind: "production" });
  expect(document.querySelector("[data-production]")).not.toBeNull();
  expect(screen.getByText("Support EU · Production")).toBeTruthy();
});

test("a gap in the updates makes the window subscribe again and ask for everything", async () => {
  const { core, org } = await openWindow();
  await screen.findByText("250 guests");
  const [first] = await org.guests();
  await org.remove(first?.id ?? "");
  core.loseUpdate();
  core.tell({});
  expect(await screen.findByText("249 guests")).toBeTruthy();
});

test("another connection takes everything of the old one off the screen", async () => {
  const { user, core } = await openWindow("#/settings", { second: true });
  const line = await screen.findByRole("listitem", { name: "Support EU" });
  await user.click(within(line).getByRole("button", { name: "Use" }));
  expect(await screen.findByText("Support EU · Production")).toBeTruthy();
  expect((await core.connectionsList()).find(({ current }) => current)?.name).toBe("Support EU");
  await user.click(screen.getByRole("link", { name: "Guests" }));
  expect(await screen.findByText("20 guests")).toBeTruthy();
});

test("the palette finds actions and guests", async () => {
  const { user } = await openWindow();
  await screen.findByText("250 guests");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("textbox", { name: "Find a guest or an action" }), "hansen");
  const found = await screen.findAllByRole("button", { name: /Hansen/ });
  expect(found.length).toBeGreaterThan(0);
});

const DEPLOYMENT = "00000000-0000-4000-8000-000000000001";

test("a new connection is checked field by field, and its secret leaves the screen at once", async () => {
  const { user, core } = await openWindow("#/settings", { second: true });
  const names = async () => (await core.connectionsList()).map(({ name }) => name);
  const address = (await core.connectionsList()).find(({ name }) => name === "Support EU")?.environment ?? "";
  await user.click(await screen.findByRole("button", { name: "Add connection" }));
  expect(await screen.findByText("The secret of the OAuth client.")).toBeTruthy();

  await user.type(screen.getByRole("textbox", { name: "Connection name" }), "Lab");
  await user.type(screen.getByRole("combobox", { name: "Environment or base URL" }), address);
  await user.type(screen.getByRole("textbox", { name: "Client id" }), "demo");
  const secret = screen.getByLabelText("Client secret") as HTMLInputElement;
  await user.type(secret, "demo");
  await user.type(screen.getByRole("textbox", { name: "Deployment of the chat lab" }), DEPLOYMENT);
  const page = screen.getByRole("textbox", { name: "Address of the page" });
  await user.type(page, "no address");
  await user.click(screen.getByRole("button", { name: "Add connection" }));
  await waitFor(() => expect(page.getAttribute("aria-invalid")).toBe("true"));
  // What is to be corrected is another field, so the secret need not be typed again.
  expect(secret.value).toBe("demo");
  await user.clear(page);
  await user.click(screen.getByRole("button", { name: "Add connection" }));
  await waitFor(async () => expect(await names()).toContain("Lab"));
  expect(secret.value).toBe("");
  const line = await screen.findByRole("listitem", { name: "Lab" });
  expect(within(line).getByText(new RegExp(` · deployment ${DEPLOYMENT}$`))).toBeTruthy();
  await user.click(within(line).getByRole("button", { name: "Test" }));
  expect(await within(line).findByText(/Signed in to/)).toBeTruthy();
  await user.click(within(line).getByRole("button", { name: "Remove" }));
  await user.click(await screen.findByRole("button", { name: "Remove connection" }));
  await waitFor(async () => expect(await names()).not.toContain("Lab"));
});

test("the activity log shows problems alone when asked", async () => {
  const { user, core, org } = await openWindow();
  await screen.findByText("250 guests");
  const [guest] = await org.guests();
  await org.change(guest?.id ?? "", { active: false });
  await expect(core.guestDelete(guest?.id ?? "", String(guest?.version ?? 0))).rejects.toThrow();
  await user.click(screen.getByRole("link", { name: "Activity" }));
  await screen.findByRole("grid", { name: "Requests" });
  await user.click(screen.getByRole("checkbox", { name: "Only problems" }));
  await screen.findByText(/^1 request of/);
  expect(screen.getByText("Changed meanwhile")).toBeTruthy();
});

test.each([
  ["", { screen: "guests", guest: null, tab: "attributes", part: null, conversation: null }],
  [
    "#/guests/a%20b/conversations",
    { screen: "guests", guest: "a b", tab: "conversations", part: null, conversation: null },
  ],
  ["#/guests/%E0%A4%A", { screen: "guests", guest: null, tab: "attributes", part: null, conversation: null }],
  ["#/retention/x", { screen: "retention", guest: null, tab: "attributes", part: null, conversation: null }],
  ["#/retention/holds", { screen: "retention", guest: null, tab: "attributes", part: "holds", conversation: null }],
  ["#/activity/audit", { screen: "activity", guest: null, tab: "attributes", part: "audit", conversation: null }],
  ["#/guests/holds", { screen: "guests", guest: "holds", tab: "attributes", part: null, conversation: null }],
  ["#/guests/conversation/c-1", { screen: "guests", guest: null, tab: "attributes", part: null, conversation: "c-1" }],
  ["#/conversations", { screen: "conversations", guest: null, tab: "attributes", part: null, conversation: null }],
  ["#/conversations/c-1", { screen: "conversations", guest: null, tab: "attributes", part: null, conversation: "c-1" }],
  ["#/nowhere", { screen: "guests", guest: null, tab: "attributes", part: null, conversation: null }],
])("the address %j leads to %j", (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test("what could not be asked while offline is asked when the way to the org is free again", async () => {
  const window = await openWindow();
  const { user } = window;
  await screen.findByText("250 guests");
  await goOffline(window);
  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "keiko");
  expect(await screen.findByText("You are offline")).toBeTruthy();
  await user.click(screen.getByRole("switch", { name: "Online" }));
  await waitFor(() => expect(screen.queryByText("You are offline")).toBeNull());
  expect(await screen.findByText(/^\d+ guests?$/)).toBeTruthy();
});
