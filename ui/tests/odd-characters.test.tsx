import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { guestHref, retentionHref } from "../src/routes";
import { openWindow, type TestWindow } from "./window";

/** Read from right to left: "live" on the screen, and something else in the org. */
const ODD = "\u202eevil\u200b";
const NAMED = "[U+202E]evil[U+200B]";

type Place = { name: string; open: (window: TestWindow, guest: string) => Promise<void> };

/** Wherever a text of the org or of a person is shown. Each has to show the odd text by its names, and nothing of it raw. */
const places: Place[] = [
  {
    name: "the name in the table and in the panel",
    open: async (_, guest) => {
      window.location.hash = guestHref(guest);
      await screen.findByRole("heading", { level: 2, name: /U\+202E/ });
    },
  },
  {
    name: "the question before a guest is deleted",
    open: async ({ user }, guest) => {
      window.location.hash = guestHref(guest);
      await user.click(await screen.findByRole("button", { name: "More for this guest" }));
      await user.click(await screen.findByRole("menuitem", { name: "Delete guest…" }));
      await screen.findByRole("dialog", { name: /Delete .*U\+202E/ });
    },
  },
  {
    name: "keys and values, staged and stored",
    open: async ({ user }, guest) => {
      window.location.hash = guestHref(guest);
      await user.type(await screen.findByRole("textbox", { name: /^key.*U\+202E/ }), "!");
      within(await screen.findByRole("list", { name: "Staged changes" })).getAllByText(/U\+202E/);
    },
  },
  {
    name: "a message, in its conversation",
    open: async (_, guest) => {
      window.location.hash = guestHref(guest, "conversations");
      await within(await screen.findByRole("list", { name: "Messages" })).findByText(/U\+202E/);
    },
  },
  {
    name: "a message, in the outbox",
    open: async () => {
      window.location.hash = "#/outbox";
      await screen.findAllByText(/U\+202E/);
    },
  },
  {
    name: "a hold, on its guest and in the list",
    open: async (_, guest) => {
      window.location.hash = guestHref(guest);
      within(await screen.findByRole("status", { name: "On hold" })).getAllByText(/U\+202E/);
      window.location.hash = retentionHref("holds");
      await within(await screen.findByRole("dialog", { name: "Holds" })).findAllByText(/U\+202E/);
    },
  },
];

test.each(places)("$name: what acts is named and stands nowhere raw", async ({ open }) => {
  const story = await openWindow();
  const { core } = story;
  const guestId = crypto.randomUUID();
  const attributes = { [`key${ODD}`]: ODD };
  const { conversationId } = await core.chatStart({ guestId, name: "Ada", email: null, attributes });
  // The console lets no such name in; guests of the org who came elsewhere may have one.
  await story.org.change(guestId, { name: ODD });
  await core.holdAdd(crypto.randomUUID(), { guest: guestId, filter: null, reason: ODD, owner: ODD, until: null });
  await story.org.weather({ do: "503", when: { method: "POST", path: "*/messages" } });
  await core.chatSay(crypto.randomUUID(), conversationId, ODD);
  await open(story, guestId);
  await waitFor(() => expect(document.body.textContent).toContain(NAMED));
  const raw = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = raw.nextNode(); node; node = raw.nextNode()) expect(node.textContent).not.toContain("\u202e");
  for (const element of document.querySelectorAll("[title], [aria-label]")) {
    for (const name of ["title", "aria-label"]) expect(element.getAttribute(name) ?? "").not.toContain("\u202e");
  }
});

test("two keys that look alike say how each is written, and a new one that looks like one that is there says so", async () => {
  const { core, user } = await openWindow();
  const guestId = crypto.randomUUID();
  await core.chatStart({
    guestId,
    name: "Ada",
    email: null,
    attributes: { caf\u00e9: "1", "cafe\u0301": "2", plain: "3" },
  });
  window.location.hash = guestHref(guestId);
  expect(await screen.findByText("looks like another: U+00E9")).toBeTruthy();
  expect(screen.getByText("looks like another: U+0065 U+0301")).toBeTruthy();
  expect(screen.getAllByText(/looks like another/)).toHaveLength(2);
  await user.click(screen.getByRole("button", { name: "Add attribute" }));
  await user.type(screen.getByRole("textbox", { name: "Key" }), "pl\u0430in");
  expect(
    await screen.findByText(/Looks like a key that is there: this one is U\+0430, that one plain letters/),
  ).toBeTruthy();
});
