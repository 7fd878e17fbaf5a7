import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { CORRELATION } from "./stub";
import { guestRows, openFirstGuest, openWindow } from "./window";

test("the table shows how many guests there are and finds them while someone types", async () => {
  const { user, org } = await openWindow();
  expect(await screen.findByText("250 guests")).toBeTruthy();
  const wanted = (await org.guests()).filter((guest) => guest.email?.includes("hansen"));
  expect(wanted.length).toBeGreaterThan(1);

  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "hansen");

  expect(await screen.findByText(`${wanted.length} guests`)).toBeTruthy();
  for (const row of await guestRows()) expect(row.textContent).toContain("Hansen");
});

test("the previous guests stay on the screen until the next answer is there", async () => {
  const { user, core, org } = await openWindow();
  // By name: whether they have an open chat is asked for meanwhile.
  const first = async () => (await guestRows())[0]?.querySelector("[role=gridcell]")?.textContent;
  const before = await first();
  const wanted = (await org.guests()).filter((guest) => guest.name.startsWith("Keiko "));
  const letGo = core.holdBack("guestsPage");
  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "keiko");
  expect(await first()).toBe(before);
  letGo();
  await screen.findByText(`${wanted.length} guests`);
});

test("nobody found is said in words, with what to do", async () => {
  const { user } = await openWindow();
  await guestRows();
  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "nobody at all");
  expect(await screen.findByText("No guest matches")).toBeTruthy();
});

test("a click on a header asks the core for another order", async () => {
  const { user, org } = await openWindow();
  await guestRows();
  await user.click(screen.getByRole("button", { name: "E-mail" }));
  await waitFor(() =>
    expect(screen.getByRole("columnheader", { name: "E-mail" }).getAttribute("aria-sort")).toBe("ascending"),
  );
  const emails = (await org.guests()).map((guest) => guest.email).filter((email) => email !== null);
  const first = emails.sort()[0] ?? "";
  await user.click(screen.getByRole("button", { name: "E-mail" }));
  await user.click(screen.getByRole("button", { name: "E-mail" }));
  await waitFor(async () => {
    const rows = await guestRows();
    // Guests without an e-mail come first, then the smallest.
    expect(rows.every((row) => row.textContent?.includes("—") || row.textContent?.includes(first))).toBe(true);
  });
});

test("a filter that does not parse says what is wrong at the filter itself", async () => {
  const { user } = await openWindow();
  await guestRows();
  await user.click(screen.getByRole("button", { name: "Filter" }));
  await user.type(screen.getByRole("textbox", { name: "Filter guests" }), "email");
  expect(await screen.findByText(/one of = != < <= > >= contains startswith/)).toBeTruthy();
  expect(screen.getByRole("textbox", { name: "Filter guests" }).getAttribute("aria-invalid")).toBe("true");
});

test("the guest that was pressed opens, wherever the list has moved when the button is let go", async () => {
  const { user } = await openWindow();
  const [row] = await guestRows();
  if (!row) throw new Error("there is a first row");
  const pressed = row.querySelector("[role=gridcell]")?.textContent ?? "";
  await user.pointer({ keys: "[MouseLeft>]", target: row });
  await user.pointer({ keys: "[/MouseLeft]", target: document.body });
  expect(await screen.findByRole("heading", { level: 2, name: pressed })).toBeTruthy();
});

test("arrows move through the table and Enter opens", async () => {
  const { user } = await openWindow();
  const rows = await guestRows();
  await user.click(screen.getByRole("textbox", { name: "Search guests" }));
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(document.activeElement?.getAttribute("data-index")).toBe("0"));
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(document.activeElement?.getAttribute("data-index")).toBe("1"));
  await user.keyboard("{Enter}");
  const name = rows[1]?.querySelector("[role=gridcell]")?.textContent ?? "";
  expect(await screen.findByRole("heading", { name, level: 2 })).toBeTruthy();
});

test("an org that cannot be reached leaves the guests on the screen and offers another try", async () => {
  const { user, core } = await openWindow();
  await guestRows();
  core.failNext("guestsPage", "unreachable");
  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "ada");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The org cannot be reached");
  expect(alert.textContent).toContain(CORRELATION);
  await user.click(within(alert).getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

test("an interaction is counted once by a person's word", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  const before = Number((await window.org.guest(id)).attributes.totalInteractions);
  await window.user.click(screen.getByRole("button", { name: "Record interaction" }));
  const modal = await screen.findByRole("dialog", { name: "Record an interaction" });
  await window.user.clear(within(modal).getByRole("textbox", { name: "Interaction type" }));
  await window.user.type(within(modal).getByRole("textbox", { name: "Interaction type" }), "call");
  await window.user.click(within(modal).getByRole("button", { name: "Record" }));
  await waitFor(() =>
    expect((screen.getByRole("textbox", { name: "totalInteractions" }) as HTMLInputElement).value).toBe(
      String(before + 1),
    ),
  );
  expect((screen.getByRole("textbox", { name: "lastInteractionType" }) as HTMLInputElement).value).toBe("call");
  const attributes = { totalInteractions: before + 1, lastInteractionType: "call" };
  expect((await window.org.guest(id)).attributes).toMatchObject(attributes);
});

test("a read-only connection offers no way to write", async () => {
  const window = await openWindow("#/guests", { kind: "production", readOnly: true });
  await openFirstGuest(window);
  for (const name of ["Start a chat", "Add attribute", "Record interaction"]) {
    expect((screen.getByRole("button", { name }) as HTMLButtonElement).disabled).toBe(true);
  }
});
