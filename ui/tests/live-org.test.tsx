import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { chatOf, ledgerEnd, openLive, openRow, requestsSince, rowsOf } from "./live";
import { noDialog, press } from "./window";

const sorted = (requests: string[]) => [...requests].sort();

test("the first rows of recent chats cost two requests, and say kind, state, queue and agent", async () => {
  const window = await openLive("#/outbox");
  await chatOf(window, "Ada", ["hello"], "How can I help?");
  const start = await ledgerEnd(window);
  await window.user.click(screen.getByRole("link", { name: /Guests/ }));
  const [first] = await rowsOf("Recent chats");
  await waitFor(() => expect(first?.textContent).toMatch(/Ada.*Ephemeral/));
  const asked = (await requestsSince(window, start)).filter((line) => !line.includes("conversations/messages"));
  expect(asked).toEqual(["POST /analytics/conversations/details/query", "POST /externalcontacts/bulk/contacts"]);
  // Which of those on the screen go on is asked afterwards, of each that has no end.
  await waitFor(async () => expect((await rowsOf("Recent chats"))[0]?.textContent).toMatch(/Ada.*Open.*Ruth/));
  expect(await screen.findByText(/^All chats since .* are read/)).toBeTruthy();
});

test("a guest's panel costs two requests side by side, and says what becomes of an unknown visitor", async () => {
  const window = await openLive();
  await chatOf(window, "Ada", ["hello"]);
  await press(window, "Read again");
  await waitFor(async () => expect((await rowsOf("Recent chats"))[0]?.textContent).toMatch(/Ada.*Open/));
  const start = await ledgerEnd(window);
  await openRow(window, "Recent chats", "Ada");
  await screen.findByRole("heading", { level: 2, name: "Ada" });
  await screen.findByText(/It expires about .*, 60 days after the last known interaction/);
  await screen.findByText("First name");
  expect(sorted(await requestsSince(window, start))).toEqual([
    "GET /externalcontacts/contacts/schemas",
    "GET /externalcontacts/contacts/{id}",
  ]);
});

test("what this org cannot do is absent, with a word why", async () => {
  const window = await openLive();
  await openRow(window, "Recent chats", "Anonymous Guest");
  expect(await screen.findByText(/the org does not say whose it is/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Filter" })).toBeNull();
  await window.user.click(screen.getByRole("button", { name: "More for this guest" }));
  expect(await screen.findByRole("menuitem", { name: "Put on hold…" })).toBeTruthy();
  expect(screen.queryByRole("menuitem", { name: /Start again/ })).toBeNull();
  await window.user.click(screen.getByRole("menuitem", { name: "Delete guest…" }));
  expect((await screen.findByRole("dialog")).textContent).toMatch(/conversation/);
});

test("contacts are searched by the org in one request, and whoever types is led to them", async () => {
  const window = await openLive();
  await window.org.contact({ firstName: "Zelda", lastName: "Quist", workEmail: "zelda@example.org" });
  await rowsOf("Recent chats");
  const start = await ledgerEnd(window);
  await window.user.click(screen.getByRole("textbox", { name: "Search contacts" }));
  await window.user.paste("zelda@example.org");
  await screen.findByText("1 contact");
  const asked = await requestsSince(window, start);
  expect(asked.filter((line) => line === "GET /externalcontacts/contacts")).toEqual(["GET /externalcontacts/contacts"]);
  await openRow(window, "Contacts", "Zelda Quist");
  expect(await screen.findByText("Kept until a person or a program deletes it.")).toBeTruthy();
});

test("the ceiling of a search and of the list is told with what to do", async () => {
  const window = await openLive("#/guests", { guests: 3_000 });
  await window.user.type(await screen.findByRole("textbox", { name: "Search contacts" }), "example");
  expect(await screen.findByText(/hands out the first 1,000 and no more\. Type more of the name/)).toBeTruthy();
  await press(window, "Clear the search");
  expect(await screen.findByText(/lists its first 1,000 contacts .* “innkeeper guests list”/)).toBeTruthy();
});

test("a merged contact leads to the one that stands for it, and says so", async () => {
  const window = await openLive();
  const former = await window.org.contact({ firstName: "Former", lastName: "Record" });
  const other = await window.org.contact({ firstName: "Lasting", lastName: "Record" });
  await window.org.merge(former, other);
  globalThis.window.location.hash = `#/guests/${former}`;
  expect(await screen.findByText(/was merged into this one, which stands for it now/)).toBeTruthy();
  expect(await screen.findByRole("heading", { level: 2, name: "Lasting Record" })).toBeTruthy();
  expect(globalThis.window.location.hash).toBe(`#/guests/${other}`);
});

test("a chat without a contact is a row of its own that opens what was said", async () => {
  const window = await openLive();
  await chatOf(window, "Brief", ["hello"]);
  window.core.alter("chatsPage", (page) => ({
    ...page,
    chats: page.chats.map((chat) => ({ ...chat, guestId: null })),
  }));
  window.core.alter("conversationOpen", ({ chat, ...record }) => ({ ...record, chat: { ...chat, guestId: null } }));
  await press(window, "Read again");
  await openRow(window, "Recent chats", "No contact");
  expect(await screen.findByRole("heading", { level: 2, name: "No contact" })).toBeTruthy();
  const said = within(await screen.findByRole("list", { name: "Messages" }));
  expect(said.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/^Guest.*hello$/),
    expect.stringMatching(/^Bot/),
  ]);
});

test("an ephemeral contact is kept by an explicit act with a question", async () => {
  const window = await openLive();
  const { guest } = await chatOf(window, "Ada", ["hello"]);
  globalThis.window.location.hash = `#/guests/${guest}`;
  await press(window, "Keep…");
  const question = within(await screen.findByRole("dialog", { name: "Keep Ada?" }));
  await press(window, "Keep as a curated contact", question.getByRole);
  await noDialog();
  expect(await screen.findByText("Kept until a person or a program deletes it.")).toBeTruthy();
  expect((await window.org.vendor(`externalcontacts/contacts/${guest}`)).type).toBe("Curated");
});
