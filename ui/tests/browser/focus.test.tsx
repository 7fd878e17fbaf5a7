import { screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { noDialog, openFirstGuest, openWindow, type TestWindow } from "../window";

const few = { guests: 60 };

/** What opens something over the screen, and what that is called. A menu's item stands for the menu that it is in. */
const OPENERS: Record<string, () => Promise<[TestWindow, string, string?]>> = {
  "Start a chat": async () => [await openWindow("#/guests", few), "Start a chat"],
  "Record interaction": async () => [await guest(), "Record interaction"],
  "Put on hold…": async () => [await guest(), "More for this guest", "Put on hold…"],
  "Delete guest…": async () => [await guest(), "More for this guest", "Delete guest…"],
  "Run now…": async () => [await openWindow("#/retention", few), "Run now…"],
};

async function guest() {
  const window = await openWindow("#/guests", few);
  await openFirstGuest(window);
  return window;
}

const focused = () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "";

describe("Escape gives the focus back to what opened", () => {
  test.each(Object.keys(OPENERS))("%s", async (name) => {
    const opened = await OPENERS[name]?.();
    if (!opened) throw new Error("the table has it");
    const [{ user }, opener, item] = opened;
    await user.click(await screen.findByRole("button", { name: opener }));
    if (item) await user.click(await screen.findByRole("menuitem", { name: item }));
    await screen.findByRole("dialog");
    await waitFor(() => expect(document.activeElement?.closest("[role=dialog]")).not.toBeNull());
    await user.keyboard("{Escape}");
    await noDialog();
    await waitFor(() => expect(focused()).toBe(opener));
  });
});

test("a screen that came with something over it keeps the focus on itself", async () => {
  const { user } = await openWindow("#/retention/edit", few);
  await screen.findByRole("dialog", { name: "Retention policy Default" });
  await user.keyboard("{Escape}");
  await noDialog();
  await waitFor(() => expect(document.activeElement?.closest("main")).not.toBeNull());
});

test("Escape closes a dialog, and only the next one the guest under it, whose row then has the focus", async () => {
  const { user } = await guest();
  await user.click(screen.getByRole("button", { name: "Record interaction" }));
  await screen.findByRole("dialog", { name: "Record an interaction" });
  await user.keyboard("{Escape}");
  await noDialog();
  expect(screen.getByRole("button", { name: "Check session" })).toBeTruthy();
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("button", { name: "Check session" })).toBeNull());
  await waitFor(() => expect(document.activeElement?.closest("[role=row]")).not.toBeNull());
});
