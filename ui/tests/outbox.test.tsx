import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { type MockWindow, openMockWindow, startChat } from "./window";

async function withThreeWaiting(): Promise<MockWindow> {
  const window = await openMockWindow();
  const box = await startChat(window, "Grace Hopper", "grace@example.com");
  await window.user.click(screen.getByRole("switch", { name: "Online" }));
  for (const text of ["one", "two", "three"]) await window.user.type(box, `${text}{Enter}`);
  await window.user.click(screen.getByRole("link", { name: "Outbox" }));
  await screen.findByRole("list", { name: "Messages not yet delivered" });
  return window;
}

test("an empty outbox says so", async () => {
  await openMockWindow("#/outbox");
  expect(await screen.findByText("Everything is delivered")).toBeTruthy();
});

test("waiting messages stand under their guest, in order", async () => {
  await withThreeWaiting();
  expect(await screen.findByRole("link", { name: "Grace Hopper" })).toBeTruthy();
  const items = within(screen.getByRole("list", { name: "Messages not yet delivered" })).getAllByRole("listitem");
  const entries = items.filter((item) => item.hasAttribute("data-state"));
  expect(entries.map((item) => item.getAttribute("data-state"))).toEqual(["waiting", "waiting", "waiting"]);
  expect(entries.map((item) => /one|two|three/.exec(item.textContent ?? "")?.[0])).toEqual(["one", "two", "three"]);
});

test("a discarded message can be taken back", async () => {
  const { user, core } = await withThreeWaiting();
  await user.click(screen.getByRole("button", { name: "Discard message 2" }));
  await screen.findByText("Message discarded");
  expect(core.world.entries[1]?.state).toBe("discarded");
  const toast = screen.getByText("Message discarded").closest<HTMLElement>("[role=alert]");
  await user.click(within(toast as HTMLElement).getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(core.world.entries[1]?.state).toBe("waiting"));
});

test("a waiting message can be edited, and one that already left says that it is too late", async () => {
  const { user, core } = await withThreeWaiting();
  await user.click(screen.getByRole("button", { name: "Edit message 1" }));
  const modal = await screen.findByRole("dialog", { name: "Edit message 1" });
  await user.type(within(modal).getByRole("textbox"), "!");
  await user.click(within(modal).getByRole("button", { name: "Save message" }));
  await waitFor(() => expect(core.world.entries[0]?.text).toBe("one!"));

  core.outboxDiscard = async () => ({ inTime: false, perhapsSent: false });
  await user.click(screen.getByRole("button", { name: "Discard message 3" }));
  expect(await screen.findByText("Too late")).toBeTruthy();
});

test("a paused outbox says why and is resumed by hand", async () => {
  const { user, core } = await withThreeWaiting();
  core.world.status.outbox.paused = "403: the client lacks webchat:write";
  core.publish("outbox");
  expect(await screen.findByText("403: the client lacks webchat:write")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Resume" }));
  await waitFor(() => expect(screen.queryByText("The whole outbox stands still")).toBeNull());
});
