import { spotlight } from "@mantine/spotlight";
import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { attributeOf, searchOf, searchWords } from "../src/screens/conversations/search";
import { chatOf, ledgerEnd, openLive, requestsSince, rowsOf } from "./live";
import { openWindow, press, put, type TestWindow } from "./window";

// It remembers that it is open over the end of a story.
afterEach(() => spotlight.close());

const OPEN = "Open conversations";
const FOUND = "Conversations found";

/** The row with this text, once it is there. */
const row = (list: string, text: RegExp) =>
  waitFor(async () => {
    const found = (await rowsOf(list)).find(({ textContent }) => text.test(textContent ?? ""));
    if (!found) throw new Error(`no row of ${list} with ${text}`);
    return found;
  });

/** Goes to the search and looks for this. */
async function search(window: TestWindow, what: { days?: string; attribute?: string; queue?: string; state?: string }) {
  const { user } = window;
  await user.click(await screen.findByRole("radio", { name: "Search" }));
  if (what.days) await put(window, await screen.findByRole("textbox", { name: /^Days back/ }), what.days);
  if (what.state) await user.selectOptions(screen.getByRole("combobox", { name: "State" }), what.state);
  if (what.queue) await put(window, screen.getByRole("textbox", { name: "Queue" }), what.queue);
  if (what.attribute) await put(window, screen.getByRole("textbox", { name: "Attribute" }), what.attribute);
  await press(window, "Search", within(screen.getByRole("form", { name: "Search conversations" })).getByRole);
}

test("open conversations say how they stand, how old they are, who wrote last and what is perhaps over", async () => {
  const window = await openLive("#/outbox");
  await chatOf(window, "Ada", ["hello"], "How can I help?");
  const lost = await chatOf(window, "Bert", ["hello"]);
  await window.org.orphan(lost.conversation);
  const start = await ledgerEnd(window);
  await window.user.click(screen.getByRole("link", { name: "Conversations" }));
  await row(OPEN, /^AdaOpen\d+ sAgent.*Ruth$/);
  await row(OPEN, /^BertUnclear, perhaps over\d+ sBot/);
  await screen.findByText(/ open · /);
  const rows = await rowsOf(OPEN);
  const unclear = rows.filter(({ textContent }) => textContent?.includes("Unclear")).length;
  expect(await screen.findByText(`${rows.length - unclear} open · ${unclear} unclear`)).toBeTruthy();
  // State and last word of one come with one question.
  const asked = (await requestsSince(window, start)).filter((line) => line.includes("conversations/messages"));
  expect(asked).toEqual(rows.map(() => "GET /conversations/messages/{id}"));
});

test("one is read beside the list, and leads to its guest", async () => {
  const window = await openLive("#/conversations");
  const { guest, conversation } = await chatOf(window, "Ada", ["hello"], "How can I help?");
  await press(window, "Read again");
  await window.user.click(await row(OPEN, /^Ada/));
  expect(globalThis.window.location.hash).toBe(`#/conversations/${conversation}`);
  const panel = within(await screen.findByRole("region", { name: "Conversation to read" }));
  expect(await panel.findByRole("heading", { level: 2, name: "Ada" })).toBeTruthy();
  const said = within(await panel.findByRole("list", { name: "Messages" })).getAllByRole("listitem");
  expect(said.map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/^Guest.*hello$/),
    expect.stringMatching(/^Bot/),
    expect.stringMatching(/^Agent.*How can I help\?$/),
  ]);
  expect(await panel.findByText(/Last word: agent/)).toBeTruthy();
  await window.user.click(panel.getByRole("link", { name: "Open the guest" }));
  expect(globalThis.window.location.hash).toBe(`#/guests/${guest}/conversations`);
  expect(await screen.findByText(/How can I help\?/)).toBeTruthy();
});

test("an attribute is found whatever the case of its key, with its value and without", async () => {
  const window = await openLive("#/conversations");
  const { conversation } = await chatOf(window, "Ada", ["hello"]);
  await window.core.conversationSave(conversation, [{ key: "OrderId", before: null, after: "A-17" }]);
  await search(window, { days: "1", attribute: "orderid=A-17" });
  expect((await row(FOUND, /^Ada/)).textContent).toMatch(/^Ada/);
  expect(await screen.findByText("1 found")).toBeTruthy();
  expect(
    await screen.findByText(/^Conversations of the last 1 day, with orderid = “A-17”: \d+ conversations? /),
  ).toBeTruthy();
  await search(window, { attribute: "ORDERID" });
  expect(await screen.findByText("1 found")).toBeTruthy();
  await search(window, { attribute: "orderid=B-1" });
  expect(await screen.findByText("No conversation matches")).toBeTruthy();
});

test("conversations are found by state and queue, and what is typed is looked for when a person says so", async () => {
  const window = await openLive("#/conversations");
  await chatOf(window, "Ada", ["hello"], "How can I help?");
  await search(window, { days: "31" });
  await screen.findByText(/^Conversations of the last 31 days: all since/);
  const rows = await rowsOf(FOUND);
  const [, , , , queue] = within(await row(FOUND, /^Ada/))
    .getAllByRole("gridcell")
    .map(({ textContent }) => textContent);
  if (!queue) throw new Error("Ada's conversation is in no queue");
  await put(window, screen.getByRole("textbox", { name: "Queue" }), queue.toUpperCase());
  expect(screen.getByText(/^Below: Conversations of the last 31 days\. Press Search/)).toBeTruthy();
  expect((await rowsOf(FOUND)).length).toBe(rows.length);
  await search(window, { state: "Open" });
  await row(FOUND, /^AdaOpen/);
  await screen.findByText(/^\d+ found$/);
  for (const one of await rowsOf(FOUND)) expect(one.textContent).toMatch(new RegExp(`Open.*${queue}`));
  await search(window, { state: "Ended", queue: "no such queue" });
  expect(await screen.findByText("No conversation matches")).toBeTruthy();
});

test("more than 250 questions are asked only after a yes, with the seconds they take, and can be stopped in between", async () => {
  const window = await openLive("#/conversations", { guests: 2_000 });
  const start = await ledgerEnd(window);
  await search(window, { days: "31", attribute: "OrderId" });
  const ask = await screen.findByRole("button", { name: /^Ask [\d,]+ questions$/ });
  const many = Number(ask.textContent?.replace(/\D/g, ""));
  expect(many).toBeGreaterThan(250);
  expect(screen.getByText(/that is [\d,]+ questions, about \d+ (s|min|h)/)).toBeTruthy();
  const details = async () =>
    (await requestsSince(window, start)).filter((line) => line === "GET /conversations/{id}").length;
  expect(await details()).toBe(0);

  const answer = window.core.holdBack("chatsMatching");
  await window.user.click(ask);
  expect(await screen.findByText(/^Asked 0 of .* · about/)).toBeTruthy();
  await press(window, "Stop");
  answer();
  expect(await screen.findByText(/^Stopped: 25 of /)).toBeTruthy();
  expect(await details()).toBe(25);
  expect(screen.getByText("0 found so far")).toBeTruthy();

  const next = window.core.holdBack("chatsMatching");
  await press(window, "Go on");
  expect(await screen.findByText(/^Asked 25 of /)).toBeTruthy();
  await press(window, "Stop");
  next();
  expect(await screen.findByText(/^Stopped: 50 of /)).toBeTruthy();
});

test("what was read stays and is marked where the org cannot be asked, and while it is asked anew", async () => {
  const window = await openLive("#/conversations");
  await chatOf(window, "Ada", ["hello"], "How can I help?");
  await press(window, "Read again");
  await row(OPEN, /^Ada.*Agent/);
  await screen.findByText(/open · /);
  window.core.failNext("chatsPage", "unreachable");
  await press(window, "Read again");
  expect(await screen.findByText("The org cannot be reached")).toBeTruthy();
  expect(screen.getByText("Below is what was answered before.")).toBeTruthy();
  expect((await row(OPEN, /^Ada/)).textContent).toMatch(/Open.*Agent/);

  const answer = window.core.holdBack("chatStates");
  await press(window, "Try again");
  expect(await screen.findByText(/What is not asked again yet is from before/)).toBeTruthy();
  expect((await row(OPEN, /^Ada/)).textContent).toMatch(/Open.*Agent/);
  answer();
  await waitFor(() => expect(screen.queryByText(/is from before/)).toBeNull());
});

test("a part that fails is told, and asked again where a person says so", async () => {
  const window = await openLive("#/outbox");
  await chatOf(window, "Ada", ["hello"], "How can I help?");
  window.core.failNext("chatStates", "org_failed");
  await window.user.click(screen.getByRole("link", { name: "Conversations" }));
  await screen.findByRole("alert");
  await row(OPEN, /^AdaNo end yet/);
  await press(window, "Try again");
  await row(OPEN, /^AdaOpen/);
});

test("a permission that is missing is named", async () => {
  await openLive("#/conversations", { permissions: ["externalContacts:contact:view"] });
  expect((await screen.findAllByText(/analytics:conversationDetail:view/)).length).toBeGreaterThan(0);
  expect(screen.queryByRole("grid")).toBeNull();
});

test("the id of a message or a conversation leads to its guest, here and from the guests", async () => {
  const window = await openLive("#/guests");
  const { guest, conversation } = await chatOf(window, "Ada", ["hello"], "How can I help?");
  const [message] = (await window.core.conversationOpen(conversation)).messages;
  await window.user.click(await screen.findByRole("textbox", { name: "Search contacts" }));
  await window.user.paste(` ${message?.id}\n`);
  expect(await screen.findByText(/^This is the id of a message of Ada\./)).toBeTruthy();
  await window.user.keyboard("{Enter}");
  expect(globalThis.window.location.hash).toBe(`#/guests/${guest}/conversations`);
  expect(await screen.findByRole("heading", { level: 2, name: "Ada" })).toBeTruthy();

  await window.user.click(screen.getByRole("link", { name: "Conversations" }));
  const field = await screen.findByRole("textbox", { name: "Find by id" });
  await put(window, field, conversation);
  expect(await screen.findByText(/^This is the id of a conversation of Ada\./)).toBeTruthy();
  await window.user.click(screen.getByRole("link", { name: "Open the conversation" }));
  expect(globalThis.window.location.hash).toBe(`#/conversations/${conversation}`);
  await put(window, field, guest);
  expect(await screen.findByText(/^This is the id of a contact of Ada\./)).toBeTruthy();
  await put(window, field, crypto.randomUUID());
  expect(await screen.findByText("No message and no conversation has this id.")).toBeTruthy();
});

test("where the org shows no conversations the screen is absent, and the keys follow the rail", async () => {
  const { user } = await openWindow("#/conversations", { guests: 20 });
  expect(await screen.findByText("20 guests")).toBeTruthy();
  expect(globalThis.window.location.hash).toBe("#/guests");
  expect(screen.queryByRole("link", { name: "Conversations" })).toBeNull();
  await user.keyboard("{Control>}2{/Control}");
  expect(await screen.findByRole("heading", { level: 1, name: "Chat lab" })).toBeTruthy();
});

test("on a live org the second key and the palette lead to the conversations", async () => {
  const { user } = await openLive("#/outbox");
  await user.keyboard("{Control>}2{/Control}");
  expect(await screen.findByRole("heading", { level: 1, name: "Conversations" })).toBeTruthy();
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("textbox", { name: "Find a guest or an action" }), "go to conv");
  expect(await screen.findByRole("button", { name: /Go to Conversations/ })).toBeTruthy();
});

test("an attribute is typed as its key, or with a value; nothing that is left out means more", () => {
  expect(attributeOf(" OrderId ")).toEqual({ attribute: { key: "OrderId", value: null } });
  expect(attributeOf("a=b=c")).toEqual({ attribute: { key: "a", value: "b=c" } });
  expect(attributeOf("OrderId=")).toEqual({ attribute: { key: "OrderId", value: "" } });
  expect(attributeOf("")).toEqual({ attribute: null });
  expect("problem" in attributeOf("=A-17")).toBe(true);
  const typed = { days: "7", state: "ended", queue: " ", attribute: "k=v" } as const;
  expect(searchOf({ ...typed, days: "32" })).toBeNull();
  const made = searchOf(typed);
  expect(made && searchWords(made)).toBe("Ended conversations of the last 7 days, with k = “v”");
});
