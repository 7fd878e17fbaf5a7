import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openWindow } from "./window";

test("an undo goes to the connection over which something was done, whichever is in use by then", async () => {
  const { core, user } = await openWindow("#/outbox", { second: true });
  const first = (await core.connectionsList()).find(({ current }) => current)?.name ?? "";
  const { conversationId } = await core.chatStart({
    guestId: crypto.randomUUID(),
    name: "Ada",
    email: null,
    attributes: {},
  });
  await core.setOnline(false);
  const message = await core.chatSay(crypto.randomUUID(), conversationId, "taken back by mistake");
  await user.click(await screen.findByRole("button", { name: "Discard message 1" }));
  const toast = (await screen.findByText("Message discarded")).closest('[role="alert"]') as HTMLElement;

  await act(() => core.connectionUse("Support EU"));
  expect(await within(toast).findByText(new RegExp(`Over ${first}:`))).toBeTruthy();
  await user.click(within(toast).getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("Message is back")).toBeTruthy();
  expect(screen.getByText(new RegExp(`goes when ${first} is used again`))).toBeTruthy();
  expect((await core.outboxLanes({ group: null, search: "", conversationId: null }, 0, 10)).total).toBe(0);

  await act(() => core.connectionUse(first));
  await waitFor(async () => {
    const [back] = await core.chatMessages(conversationId);
    expect(back).toMatchObject({ id: message.id, state: "queued" });
  });
});

test("an undo that does not work is offered again", async () => {
  const { core, user } = await openWindow("#/retention/holds");
  const hold = { guest: null, filter: 'name = "Ada"', reason: "a case", owner: "Legal", until: null };
  await core.holdAdd(crypto.randomUUID(), hold);
  await user.click(await screen.findByRole("button", { name: 'Remove the hold "a case"' }));
  core.failNext("undo", "disk_full");
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByText("The disk is full")).toBeTruthy();
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByText("Hold is back")).toBeTruthy();
  expect((await core.holdList()).map(({ reason }) => reason)).toEqual(["a case"]);
});
