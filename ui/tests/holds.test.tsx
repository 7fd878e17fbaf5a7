import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openFirstGuest, openMockWindow } from "./window";

test("a guest is put on hold in their panel; a delete by hand then says which hold keeps them", async () => {
  const window = await openMockWindow();
  const { user, core } = window;
  const id = await openFirstGuest(window);
  await user.click(screen.getByRole("button", { name: "More for this guest" }));
  await user.click(await screen.findByRole("menuitem", { name: "Put on hold…" }));
  const form = within(await screen.findByRole("form", { name: "New hold" }));
  expect((await form.findByDisplayValue("ada")).getAttribute("value")).toBe("ada");
  const put = form.getByRole("button", { name: "Put on hold" }) as HTMLButtonElement;
  expect(put.disabled).toBe(true);
  await user.type(form.getByRole("textbox", { name: "Reason" }), "Legal case 4711");
  await user.type(form.getByRole("textbox", { name: "Until (optional)" }), "soon");
  await user.click(put);
  expect(await form.findByText("A day such as 2027-03-31, or empty.")).toBeTruthy();
  await user.clear(form.getByRole("textbox", { name: "Until (optional)" }));
  await user.click(put);
  await waitFor(() => expect(core.world.holds).toHaveLength(1));
  expect(core.world.holds[0]).toMatchObject({ guestId: id, reason: "Legal case 4711", owner: "ada", until: null });
  const mark = within(await screen.findByRole("status", { name: "On hold" }));
  expect(mark.getByText(/Legal case 4711/)).toBeTruthy();

  await user.click(screen.getByRole("button", { name: "More for this guest" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete guest…" }));
  const modal = within(await screen.findByRole("dialog", { name: /^Delete / }));
  await user.click(modal.getByRole("button", { name: "Delete guest" }));
  expect(await modal.findByText("This guest is on hold")).toBeTruthy();
  expect(modal.getByText('The hold "Legal case 4711" of ada keeps this guest.')).toBeTruthy();
  expect(core.world.guests.has(id)).toBe(true);
  await user.click(modal.getByRole("button", { name: "Keep" }));

  await user.click(screen.getByRole("button", { name: "Remove hold" }));
  await waitFor(() => expect(core.world.holds).toHaveLength(0));
  await waitFor(() => expect(screen.queryByRole("status", { name: "On hold" })).toBeNull());
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(core.world.holds[0]).toMatchObject({ guestId: id, reason: "Legal case 4711" }));
});

test("everyone who matches a filter is kept, and the panel of each says so", async () => {
  const window = await openMockWindow("#/retention/holds");
  const { user, core } = window;
  expect(await screen.findByText("Nobody is on hold")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Add hold" }));
  const form = within(await screen.findByRole("form", { name: "New hold" }));
  await user.click(form.getByRole("radio", { name: "Everyone who matches a filter" }));
  await user.type(form.getByRole("textbox", { name: "Filter" }), "tier");
  await user.type(form.getByRole("textbox", { name: "Reason" }), "Asked before they go");
  await user.click(form.getByRole("button", { name: "Put on hold" }));
  expect(await form.findByText('Write it as email contains "@example.com".')).toBeTruthy();
  await user.clear(form.getByRole("textbox", { name: "Filter" }));
  await user.type(form.getByRole("textbox", { name: "Filter" }), 'attributes.tier = "gold"');
  await user.click(form.getByRole("button", { name: "Put on hold" }));
  const grid = within(await screen.findByRole("grid", { name: "Holds" }));
  expect(await grid.findByText('attributes.tier = "gold"')).toBeTruthy();

  const gold = [...core.world.guests.values()].find((guest) => guest.attributes.tier === "gold");
  globalThis.location.hash = `#/guests/${gold?.id}`;
  const mark = within(await screen.findByRole("status", { name: "On hold" }));
  expect(mark.getByText(/all that match attributes.tier = "gold"/)).toBeTruthy();
  expect(mark.queryByRole("button", { name: "Remove hold" })).toBeNull();
  await user.click(mark.getByRole("link", { name: "All holds" }));
  expect(await screen.findByRole("grid", { name: "Holds" })).toBeTruthy();
});

test("an overdue hold goes on holding, is marked and stands first; removing it can be undone", async () => {
  const { user, core } = await openMockWindow("#/retention");
  const [first, second] = [...core.world.guests.keys()];
  const draft = { filter: null, owner: "ada" };
  await core.holdAdd("h1", { ...draft, guest: first ?? "", reason: "Case", until: "2026-11-21" });
  await core.holdAdd("h2", { ...draft, guest: second ?? "", reason: "Complaint", until: "2026-11-22" });
  await user.click(await screen.findByRole("link", { name: "Holds (2, overdue)" }));
  const grid = within(await screen.findByRole("grid", { name: "Holds" }));
  const rows = await waitFor(() => {
    const found = grid.getAllByRole("row").slice(1);
    expect(found).toHaveLength(2);
    return found;
  });
  expect(rows[0]?.textContent).toMatch(/Case.*2026-11-21Overdue/);
  expect(rows[1]?.textContent).not.toContain("Overdue");
  await user.click(grid.getByRole("button", { name: 'Remove the hold "Case"' }));
  await waitFor(() => expect(core.world.holds.map((hold) => hold.id)).toEqual(["h2"]));
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(core.world.holds.find((hold) => hold.id === "h1")?.until).toBe("2026-11-21"));
});

test("over a read-only connection holds are shown and cannot be changed", async () => {
  const { core } = await openMockWindow("#/retention/holds", { readOnly: true });
  const [first] = [...core.world.guests.keys()];
  await core.holdAdd("h1", { guest: first ?? "", filter: null, reason: "Case", owner: "ada", until: null });
  expect(await screen.findByText("Case")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /^(Add hold|Remove the hold)/ })).toBeNull();
});
