import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openMockWindow } from "./window";

const LOSS = {
  connection: "Support EU",
  happened: "The store of the connection was lost: the one that is there is new.",
  missing: "2 holds and 3 waiting messages are missing.",
  means: "A hold that is missing keeps nobody. So nothing is deleted.",
  holds: 2,
  messages: 3,
  holdIds: ["0198aaaa-0000-7000-8000-000000000001"],
  knownAt: "2026-11-22T11:00:00Z",
  foundAt: "2026-11-22T11:30:00Z",
  files: ["/data/connections/support-eu/store"],
};

async function afterALoss() {
  const window = await openMockWindow("#/guests", { kind: "production" });
  window.core.world.loss = LOSS;
  window.core.world.status.notices = [
    { id: "loss-Support EU-1", title: "Holds or messages may be missing", message: "2 holds.", paths: [] },
  ];
  window.core.publish();
  return window;
}

test("a lost store is told above every screen, cannot be put away, and is accepted by the connection's name only", async () => {
  const { core, user } = await afterALoss();
  const alert = within(await screen.findByRole("alert"));
  expect(alert.getByText(/Nothing is deleted until you have looked/)).toBeTruthy();
  expect(alert.queryByRole("button", { name: "I have read this" })).toBeNull();
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  await user.click(screen.getByRole("button", { name: "See what is missing…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "What is missing" }));
  expect(await dialog.findByText(LOSS.missing)).toBeTruthy();
  expect(dialog.getByText(/0198aaaa/)).toBeTruthy();
  const accept = dialog.getByRole("button", { name: "Accept the loss" });
  expect(accept.hasAttribute("disabled")).toBe(true);
  await user.type(dialog.getByRole("textbox", { name: "The connection's name" }), "Support");
  expect(accept.hasAttribute("disabled")).toBe(true);
  expect(core.world.loss).not.toBeNull();
  await user.type(dialog.getByRole("textbox", { name: "The connection's name" }), " EU");
  await user.click(accept);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(screen.queryByText(/Nothing is deleted until/)).toBeNull());
  expect(core.world.loss).toBeNull();
});

test("whoever closes the dialog has accepted nothing", async () => {
  const { core, user } = await afterALoss();
  await user.click(await screen.findByRole("button", { name: "See what is missing…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "What is missing" }));
  await user.click(await dialog.findByRole("button", { name: "Not now" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.getByText(/Nothing is deleted until you have looked/)).toBeTruthy();
  expect(core.world.loss).not.toBeNull();
});
