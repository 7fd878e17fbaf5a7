import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openFirstGuest, openWindow } from "./window";

test("a guest is put on hold in their panel; a delete by hand then says which hold keeps them", async () => {
  const window = await openWindow();
  const { user, core, org } = window;
  const owner = await core.holdOwner();
  const id = await openFirstGuest(window);
  await user.click(screen.getByRole("button", { name: "More for this guest" }));
  await user.click(await screen.findByRole("menuitem", { name: "Put on hold…" }));
  const form = within(await screen.findByRole("form", { name: "New hold" }));
  expect(await form.findByDisplayValue(owner)).toBe(form.getByRole("textbox", { name: "Owner" }));
  const put = form.getByRole("button", { name: "Put on hold" }) as HTMLButtonElement;
  expect(put.disabled).toBe(true);
  await user.type(form.getByRole("textbox", { name: "Reason" }), "Legal case 4711");
  await user.type(form.getByRole("textbox", { name: "Until (optional)" }), "soon");
  await user.click(put);
  expect(await form.findByText("A day such as 2027-03-31, or empty.")).toBeTruthy();
  await user.clear(form.getByRole("textbox", { name: "Until (optional)" }));
  await user.click(put);
  await waitFor(async () => expect(await core.holdList()).toHaveLength(1));
  const held = { guestId: id, reason: "Legal case 4711", owner, until: null };
  expect(await core.holdList()).toMatchObject([held]);
  const mark = within(await screen.findByRole("status", { name: "On hold" }));
  expect(mark.getByText(/Legal case 4711/)).toBeTruthy();

  await user.click(screen.getByRole("button", { name: "More for this guest" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete guest…" }));
  const modal = within(await screen.findByRole("dialog", { name: /^Delete / }));
  await user.click(modal.getByRole("button", { name: "Delete guest" }));
  expect(await modal.findByText("This guest is on hold")).toBeTruthy();
  expect(modal.getByText(/Legal case 4711/)).toBeTruthy();
  expect(await org.has(id)).toBe(true);
  await user.click(modal.getByRole("button", { name: "Keep" }));

  await user.click(screen.getByRole("button", { name: "Remove hold" }));
  await waitFor(async () => expect(await core.holdList()).toEqual([]));
  await waitFor(() => expect(screen.queryByRole("status", { name: "On hold" })).toBeNull());
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(async () => expect(await core.holdList()).toMatchObject([held]));
});

test("everyone who matches a filter is kept, and the panel of each says so", async () => {
  const window = await openWindow("#/retention/holds");
  const { user, org } = window;
  expect(await screen.findByText("Nobody is on hold")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Add hold" }));
  const form = within(await screen.findByRole("form", { name: "New hold" }));
  await user.click(form.getByRole("radio", { name: "Everyone who matches a filter" }));
  await user.type(form.getByRole("textbox", { name: "Filter" }), "tier");
  await user.type(form.getByRole("textbox", { name: "Reason" }), "Asked before they go");
  await user.click(form.getByRole("button", { name: "Put on hold" }));
  expect(await form.findByText(/^needs id, name, email/)).toBeTruthy();
  await user.clear(form.getByRole("textbox", { name: "Filter" }));
  await user.type(form.getByRole("textbox", { name: "Filter" }), 'attributes.tier = "gold"');
  await user.click(form.getByRole("button", { name: "Put on hold" }));
  const grid = within(await screen.findByRole("grid", { name: "Holds" }));
  expect(await grid.findByText('attributes.tier = "gold"')).toBeTruthy();

  const gold = (await org.guests()).find((guest) => guest.attributes.tier === "gold");
  globalThis.location.hash = `#/guests/${gold?.id}`;
  const mark = within(await screen.findByRole("status", { name: "On hold" }));
  expect(mark.getByText(/all that match attributes.tier = "gold"/)).toBeTruthy();
  expect(mark.queryByRole("button", { name: "Remove hold" })).toBeNull();
  await user.click(mark.getByRole("link", { name: "All holds" }));
  expect(await screen.findByRole("grid", { name: "Holds" })).toBeTruthy();
});

test("an overdue hold goes on holding, is marked and stands first; removing it can be undone", async () => {
  const { user, core, org, bridge } = await openWindow("#/retention");
  const [first, second] = await org.guests();
  const draft = { filter: null, owner: "ada" };
  const today = new Date().toISOString().slice(0, 10);
  const [overdue, other] = [crypto.randomUUID(), crypto.randomUUID()];
  await core.holdAdd(overdue, { ...draft, guest: first?.id ?? "", reason: "Case", until: today });
  // Of a day that ended less than twelve hours ago it is not sure everywhere that it is over.
  await bridge.advance(2 * 86_400);
  await core.holdAdd(other, { ...draft, guest: second?.id ?? "", reason: "Complaint", until: "2099-11-22" });
  await user.click(await screen.findByRole("link", { name: "Holds (2, overdue)" }));
  const grid = within(await screen.findByRole("grid", { name: "Holds" }));
  const rows = await waitFor(() => {
    const found = grid.getAllByRole("row").slice(1);
    expect(found).toHaveLength(2);
    return found;
  });
  expect(rows[0]?.textContent).toMatch(new RegExp(`Case.*${today}Overdue`));
  expect(rows[1]?.textContent).not.toContain("Overdue");
  await user.click(grid.getByRole("button", { name: 'Remove the hold "Case"' }));
  await waitFor(async () => expect((await core.holdList()).map((hold) => hold.id)).toEqual([other]));
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(async () =>
    expect((await core.holdList()).map(({ reason, until }) => [reason, until])).toContainEqual(["Case", today]),
  );
});

test("over a read-only connection holds are shown and cannot be changed", async () => {
  const { core } = await openWindow("#/retention/holds", { readOnly: true });
  await screen.findByText("Nobody is on hold");
  // Another connection to the same org may add one.
  const hold = { id: "h1", guestId: "g1", filter: null, reason: "Case", owner: "ada", until: null, overdue: false };
  core.alter("holdList", () => [{ ...hold, addedAt: new Date().toISOString() }]);
  core.tell({}, "holds");
  expect(await screen.findByText("Case")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /^(Add hold|Remove the hold)/ })).toBeNull();
});
