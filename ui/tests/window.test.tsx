import { createEvent, fireEvent, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { parseRoute } from "../src/routes";
import { openFirstGuest, openMockWindow, runNow, startChat } from "./window";

describe("every screen is free of what axe finds", () => {
  // As many as each part of a screen needs to be drawn once.
  const few = { guests: 60 };
  const stories: Record<string, () => Promise<unknown>> = {
    guests: async () => openFirstGuest(await openMockWindow()),
    "a chat": async () => startChat(await openMockWindow(), "Ada", "ada@example.com"),
    outbox: async () => {
      await openMockWindow("#/outbox");
      await screen.findByText("Everything is delivered");
    },
    retention: async () => {
      await runNow(await openMockWindow("#/retention"));
      await screen.findByText("Verified", { selector: "p" });
    },
    "a policy that asks, with its plan and forecast": async () => {
      const { user, core } = await openMockWindow("#/retention", few);
      await user.click(await screen.findByRole("button", { name: "Preview plan" }));
      const asks = { code: "drift", message: "Many are due.", since: "2026-11-22T11:00:00Z", due: 412 } as const;
      core.world.policies = core.world.policies.map((policy) => ({ ...policy, asks, quietNow: true }));
      core.publish("retention");
      await screen.findByText("Many are due.");
      await user.click(await screen.findByRole("button", { name: "Look ahead" }));
      await screen.findByRole("button", { name: "Count again" });
      await screen.findByText("First to go");
    },
    "a policy being edited": async () => {
      const { user } = await openMockWindow("#/retention/edit", few);
      const form = within(await screen.findByRole("dialog", { name: "Retention policy Default" }));
      await user.click(form.getByRole("button", { name: "Add quiet hours" }));
      await user.type(form.getByRole("textbox", { name: "Guests a run, at most" }), "5");
      await form.findByRole("button", { name: "Save 2 changes" });
    },
    "a policy being confirmed": async () => {
      await openMockWindow("#/retention/confirm", few);
      await screen.findByRole("button", { name: /^Confirm with/ });
    },
    "a certificate": async () => {
      const window = await openMockWindow("#/retention", few);
      const { user } = window;
      await runNow(window);
      await user.click(await screen.findByRole("button", { name: "Certificate" }));
      await screen.findByText("Genuine");
    },
    holds: async () => {
      const { core } = await openMockWindow("#/retention/hold", few);
      const [first] = [...core.world.guests.keys()];
      await core.holdAdd("h1", { guest: first ?? "", filter: null, reason: "Case", owner: "ada", until: "2026-01-31" });
      await screen.findByText("Overdue");
    },
    "a guest on hold": async () => {
      const window = await openMockWindow();
      const id = await openFirstGuest(window);
      await window.core.holdAdd("h1", { guest: id, filter: null, reason: "Case", owner: "ada", until: null });
      await screen.findByRole("status", { name: "On hold" });
    },
    "the audit log": async () => {
      const { core } = await openMockWindow("#/guests");
      core.world.note("guestDeleted", "A guest was deleted by hand.");
      window.location.hash = "#/activity/audit";
      await screen.findByText("Whole");
      await screen.findByText("A guest was deleted by hand.");
    },
    "a broken audit log": async () => {
      const { core } = await openMockWindow("#/guests");
      core.world.auditBroken = { line: 1, problem: "Line 1 was changed." };
      window.location.hash = "#/activity/audit";
      await screen.findByRole("button", { name: "Set aside…" });
    },
    activity: async () => {
      const { user } = await openMockWindow("#/guests");
      await screen.findByText("250 guests");
      await user.click(screen.getByRole("link", { name: "Activity" }));
      await screen.findByRole("grid", { name: "Requests" });
    },
    settings: async () => {
      await openMockWindow("#/settings", { tray: true });
      await screen.findByRole("button", { name: "Add connection" });
    },
  };
  for (const scheme of ["light", "dark"] as const) {
    test.each(Object.keys(stories))(`%s, ${scheme}`, async (story) => {
      document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
      await stories[story]?.();
      // Contrast needs a real drawing; it is looked at in a browser.
      const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    });
  }
});

test("a link to another screen is followed by the page itself; other clicks are the window's", async () => {
  await openMockWindow("#/guests");
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
  const { user } = await openMockWindow("#/guests", { failure: "folder_locked" });
  expect(await screen.findByRole("heading", { name: "Another Innkeeper has this data folder open" })).toBeTruthy();
  expect(screen.getByText(/process 4711/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("250 guests")).toBeTruthy();
});

test("a folder that others may write to is shown with the command that mends it, and no connection gets around it", async () => {
  await openMockWindow("#/guests", { failure: "folder_exposed" });
  expect(await screen.findByRole("heading", { name: "Others may write to this data folder" })).toBeTruthy();
  expect(screen.getByText(/chmod 700 \/somewhere\/ada\/data/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Use" })).toBeNull();
});

test("production colours the edge of the window and says so", async () => {
  await openMockWindow("#/guests", { kind: "production" });
  expect(document.querySelector("[data-production]")).not.toBeNull();
  expect(screen.getByText("Support EU · Production")).toBeTruthy();
});

test("a gap in the updates makes the window subscribe again and ask for everything", async () => {
  const { core } = await openMockWindow();
  await screen.findByText("250 guests");
  const [first] = core.world.guests.keys();
  core.world.guests.delete(first ?? "");
  core.loseUpdate();
  core.publish();
  expect(await screen.findByText("249 guests")).toBeTruthy();
});

test("another connection takes everything of the old one off the screen", async () => {
  const { user, core } = await openMockWindow("#/settings");
  const line = await screen.findByRole("listitem", { name: "Support EU" });
  await user.click(within(line).getByRole("button", { name: "Use" }));
  await waitFor(() => expect(core.world.status.connection?.name).toBe("Support EU"));
  expect(await screen.findByText("Support EU · Production")).toBeTruthy();
});

test("the palette finds actions and guests", async () => {
  const { user } = await openMockWindow();
  await screen.findByText("250 guests");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("textbox", { name: "Find a guest or an action" }), "turing");
  const found = await screen.findAllByRole("button", { name: /Turing/ });
  expect(found.length).toBeGreaterThan(0);
});

test("a new connection is checked field by field, and its secret leaves the screen at once", async () => {
  const { user, core } = await openMockWindow("#/settings");
  await user.click(await screen.findByRole("button", { name: "Add connection" }));
  expect(await screen.findByText("The secret of the OAuth client.")).toBeTruthy();

  await user.type(screen.getByRole("textbox", { name: "Connection name" }), "Lab");
  await user.type(screen.getByRole("textbox", { name: "Environment or base URL" }), "http://127.0.0.1:8787");
  await user.type(screen.getByRole("textbox", { name: "Client id" }), "abc");
  const secret = screen.getByLabelText("Client secret") as HTMLInputElement;
  await user.type(secret, "s3cret");
  await user.click(screen.getByRole("button", { name: "Add connection" }));
  await waitFor(() =>
    expect(core.world.connections.at(-1)).toMatchObject({ name: "Lab", environment: "http://127.0.0.1:8787" }),
  );
  expect(secret.value).toBe("");
  const line = await screen.findByRole("listitem", { name: "Lab" });
  await user.click(within(line).getByRole("button", { name: "Test" }));
  expect(await within(line).findByText(/Signed in to/)).toBeTruthy();
  await user.click(within(line).getByRole("button", { name: "Remove" }));
  await user.click(await screen.findByRole("button", { name: "Remove connection" }));
  await waitFor(() => expect(core.world.connections.some((connection) => connection.name === "Lab")).toBe(false));
});

test("the activity log shows problems alone when asked", async () => {
  const { user, core } = await openMockWindow();
  await screen.findByText("250 guests");
  core.world.record("PUT", "/api/v2/guests/{id}", 409);
  core.publish("activity");
  await user.click(screen.getByRole("link", { name: "Activity" }));
  await screen.findByRole("grid", { name: "Requests" });
  await user.click(screen.getByRole("checkbox", { name: "Only problems" }));
  await screen.findByText(/^1 request of/);
  expect(screen.getByText("Changed meanwhile")).toBeTruthy();
});

test.each([
  ["", { screen: "guests", guest: null, tab: "attributes", part: null }],
  ["#/guests/a%20b/conversations", { screen: "guests", guest: "a b", tab: "conversations", part: null }],
  ["#/guests/%E0%A4%A", { screen: "guests", guest: null, tab: "attributes", part: null }],
  ["#/retention/x", { screen: "retention", guest: null, tab: "attributes", part: null }],
  ["#/retention/holds", { screen: "retention", guest: null, tab: "attributes", part: "holds" }],
  ["#/activity/audit", { screen: "activity", guest: null, tab: "attributes", part: "audit" }],
  ["#/guests/holds", { screen: "guests", guest: "holds", tab: "attributes", part: null }],
  ["#/nowhere", { screen: "guests", guest: null, tab: "attributes", part: null }],
])("the address %j leads to %j", (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test("what could not be asked while offline is asked when the way to the org is free again", async () => {
  const { user } = await openMockWindow();
  await screen.findByText("250 guests");
  await user.click(screen.getByRole("switch", { name: "Online" }));
  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "ada");
  expect(await screen.findByText("You are offline")).toBeTruthy();
  await user.click(screen.getByRole("switch", { name: "Online" }));
  await waitFor(() => expect(screen.queryByText("You are offline")).toBeNull());
  expect(await screen.findByText(/^\d+ guests?$/)).toBeTruthy();
});
