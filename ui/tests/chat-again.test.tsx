import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { guestHref } from "../src/routes";
import { openWindow } from "./window";

test("a chat that starts again says that a new guest is made, takes everything along, once, and links both", async () => {
  const { core, user, org } = await openWindow();
  const old = crypto.randomUUID();
  const attributes = { tier: "gold", visits: 7, vip: true };
  const { conversationId } = await core.chatStart({ guestId: old, name: "Ada", email: "ada@example.com", attributes });
  await org.closeConversation(conversationId);
  window.location.hash = guestHref(old, "conversations");
  const again = await screen.findByRole("button", { name: "Start the chat again" });
  expect(screen.getByText(/Makes a new guest with the same name, e-mail and attributes/)).toBeTruthy();

  // The answer is lost on the way, and the person presses again.
  const before = await org.size();
  core.failNext("chatAgain", "unreachable");
  await user.click(again);
  expect(await screen.findByText("The org cannot be reached")).toBeTruthy();
  await user.click(again);
  expect(await screen.findByText("A new guest was made")).toBeTruthy();
  expect(await org.size()).toBe(before + 1);

  const links = within(await screen.findByRole("navigation", { name: "Guests of this chat" }));
  expect(links.getByText(/Goes on for/)).toBeTruthy();
  const next = decodeURIComponent(window.location.hash.split("/")[2] ?? "");
  expect(await org.guest(next)).toMatchObject({ name: "Ada", email: "ada@example.com", attributes });
  await user.click(links.getByRole("link"));
  await waitFor(() => expect(window.location.hash).toContain(old));
  expect(await screen.findByText(/Started again as/)).toBeTruthy();
  expect(screen.getByRole("link", { name: /^guest / }).getAttribute("href")).toContain(next);
});
