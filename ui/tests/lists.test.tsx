import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Core } from "../src/ipc/core";
import { goOffline, guestRows, openWindow, startChat } from "./window";

const before = /^Below is what was answered before/;

test("a search that cannot be made says so over the rows of the one before, and never that no guest matches", async () => {
  const window = await openWindow();
  const { user } = window;
  const search = screen.getByRole("textbox", { name: "Search guests" });
  await user.type(search, "nobody of this name");
  await screen.findByText("No guest matches");
  await goOffline(window);
  await user.clear(search);
  await user.type(search, "ada");
  expect((await screen.findByRole("alert")).textContent).toContain("You are offline");
  expect(screen.queryByText("No guest matches")).toBeNull();
  expect(screen.queryByText("0 guests")).toBeNull();
  await user.click(screen.getByRole("switch", { name: "Online" }));
  // Whoever types slowly has the list of all guests on the screen for a moment: it was answered before.
  await waitFor(async () => expect((await guestRows())[0]?.textContent).toMatch(/ada/i));
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

test("rows of the search before are marked with what they answer while the new one cannot be made", async () => {
  const window = await openWindow();
  const { user } = window;
  const search = screen.getByRole("textbox", { name: "Search guests" });
  await user.type(search, "ada");
  await waitFor(async () => expect((await guestRows())[0]?.textContent).toMatch(/ada/i));
  await goOffline(window);
  await user.type(search, " lovelace");
  expect(await screen.findByText("Below is what was answered before, to the search for “ada”.")).toBeTruthy();
  expect((await guestRows()).length).toBeGreaterThan(0);
  // A read that failed is no change that may have been taken.
  expect(screen.getByRole("alert").textContent).not.toMatch(/change|saved/i);
});

test("a filter that is none says once what is wrong, in the form", async () => {
  const { user } = await openWindow();
  await user.click(await screen.findByRole("button", { name: "Filter" }));
  await user.type(screen.getByRole("textbox", { name: "Filter guests" }), 'name contains "a');
  const told = await screen.findByText(/never closed/);
  expect(told.textContent).toBe("Has a quote at character 15 that is never closed.");
});

type List = {
  name: string;
  command: keyof Core;
  hash: string;
  /** Said where the list is empty, and never where it could not be read. */
  none: RegExp;
};

/** Every list that is read when its screen opens. */
const lists: List[] = [
  { name: "guests", command: "guestsPage", hash: "#/guests", none: /No guests? (matches|yet)/ },
  { name: "runs", command: "retentionRuns", hash: "#/retention", none: /None so far/ },
  { name: "plan", command: "retentionPlan", hash: "#/retention", none: /Preview a plan to see/ },
  { name: "holds", command: "holdList", hash: "#/retention/holds", none: /Nobody is on hold/ },
  { name: "audit log", command: "auditPage", hash: "#/activity/audit", none: /Nothing was done yet/ },
  { name: "activity", command: "activityList", hash: "#/activity", none: /No requests? (yet|matches)/ },
  { name: "connections", command: "connectionsList", hash: "#/settings", none: /^in use$/ },
];

test.each(lists)("$name that cannot be read are told as that, and not as none", async ({ command, hash, none }) => {
  const window = await openWindow("#/outbox");
  window.core.failNext(command, "org_failed");
  globalThis.location.hash = hash;
  const [alert] = await screen.findAllByText("The org answered with a fault");
  expect(screen.queryByText(none)).toBeNull();
  expect(alert?.closest("[role=alert]")?.textContent).not.toContain("may not have taken the change");
});

test("messages that cannot be read are not nothing written, and a guest whose holds are unknown is not without one", async () => {
  const window = await openWindow();
  await startChat(window, "Grace", "grace@example.com");
  await screen.findByText(/Nothing written yet/);
  window.core.failNext("chatMessages", "store_damaged");
  window.core.tell({}, "outbox");
  await screen.findByText("The data folder is damaged");
  expect(screen.queryByText(/Nothing written yet/)).toBeNull();

  window.core.failNext("holdsOnGuest", "org_failed");
  globalThis.location.hash = "#/guests";
  // Not the one of the chat, whose holds are known.
  const other = (await guestRows())[1];
  if (!other) throw new Error("there is one guest only");
  await window.user.click(other);
  const panel = within(screen.getByRole("region", { name: "Guest" }));
  expect(await panel.findByText("The org answered with a fault")).toBeTruthy();
});

test("the palette says that guests could not be looked for, and not that none matches", async () => {
  const window = await openWindow();
  await guestRows();
  await goOffline(window);
  await window.user.keyboard("{Control>}k{/Control}");
  await window.user.type(await screen.findByPlaceholderText("Find a guest or an action…"), "zzz");
  expect(await screen.findByText("Guests could not be looked for: you are offline.")).toBeTruthy();
  expect(screen.queryByText(/no guest matches/i)).toBeNull();
});

test("what is known stays on the screen with a mark when it cannot be read anew", async () => {
  const window = await openWindow("#/retention/holds");
  await screen.findByText("Nobody is on hold");
  window.core.failNext("holdList", "store_damaged");
  window.core.tell({}, "holds");
  await screen.findAllByText("The data folder is damaged");
  await waitFor(() => expect(screen.queryByText("Nobody is on hold")).toBeNull());
  window.core.tell({}, "holds");
  await screen.findByText("Nobody is on hold");
  expect(screen.queryByText(before)).toBeNull();

  window.core.failNext("retentionPolicies", "store_damaged");
  window.core.tell({}, "retention");
  await screen.findByText("The data folder is damaged");
  expect(screen.getByText(before)).toBeTruthy();
  expect(screen.getByRole("switch", { name: "Scheduled run", hidden: true })).toBeTruthy();
});
