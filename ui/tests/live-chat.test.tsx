import { type queries, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { chatOf, DEPLOYMENT, ledgerEnd, openLive } from "./live";
import { goOffline, noDialog, openFirstGuest, openWindow, press, put, type TestWindow } from "./window";

type Dialog = ReturnType<typeof within<typeof queries>>;

async function askForChat(window: TestWindow): Promise<Dialog> {
  await press(window, "Start a chat");
  return within(await screen.findByRole("dialog", { name: "Start a chat" }));
}

/** A chat that was started from the list of guests, connected. */
async function startChat(window: TestWindow, name: string, email = ""): Promise<Dialog> {
  const dialog = await askForChat(window);
  await put(window, dialog.getByRole("textbox", { name: "Name" }), name);
  if (email !== "") await put(window, dialog.getByRole("textbox", { name: "E-mail" }), email);
  await press(window, "Start chat", dialog.getByRole);
  await noDialog();
  const chat = await screen.findByRole("region", { name: `Chat of ${name}` });
  await waitFor(() => expect(chat.getAttribute("data-chat-state")).toBe("ready"));
  return within(chat);
}

const say = ({ user }: TestWindow, chat: Dialog, name: string, text: string) =>
  user.type(chat.getByRole("textbox", { name: `Message of ${name}` }), `${text}{Enter}`);

/** The ids by which the org knows the chat, once they are known. */
async function idsOf({ core }: TestWindow, chat: Dialog) {
  await chat.findByRole("button", { name: "Copy the org's contact id" });
  const [view] = (await core.labOverview()).chats;
  return { contact: view?.org?.contactId ?? "", conversation: view?.org?.conversationId ?? "" };
}

const answer = () => screen.getByRole("status", { name: "Answer of the session check" });
const outcome = (is: string) => waitFor(() => expect(answer().getAttribute("data-outcome")).toBe(is));

test("a chat is started where the guests are, and goes on in the chat lab: the agent's answer, offline and back", async () => {
  const window = await openLive();
  const { org, user } = window;
  const chat = await startChat(window, "Grace Hopper");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Message of Grace Hopper"));
  await say(window, chat, "Grace Hopper", "Is anybody there?");
  await chat.findByText(/I know these words/);
  const { contact, conversation } = await idsOf(window, chat);
  await org.say(conversation, { text: "I am here.", nickname: "Ruth" });
  await chat.findByText("I am here.");

  await goOffline(window);
  await say(window, chat, "Grace Hopper", "And now?");
  expect(await screen.findByText(/Outbox · 1 waiting/)).toBeTruthy();
  await user.click(screen.getByRole("switch", { name: "Online" }));
  expect(await screen.findByText(/everything delivered/)).toBeTruthy();
  const arrived = (await org.ledger()).filter(({ kind }) => kind === "message").map(({ text }) => text);
  expect(arrived.filter((text) => text === "And now?")).toHaveLength(1);

  // Nobody takes this guest for one of the lab's: they are no test that a command cleans away.
  expect((await org.guest(contact)).attributes).not.toHaveProperty("innkeeperLab");
});

test("the org's ids lead to the contact, whose conversation leads back to where its guest writes", async () => {
  const window = await openLive();
  const chat = await startChat(window, "Grace");
  await say(window, chat, "Grace", "hello");
  const { contact } = await idsOf(window, chat);
  await window.user.click(chat.getByRole("link", { name: "Contact" }));
  expect(await screen.findByRole("heading", { level: 2, name: "Grace" })).toBeTruthy();
  expect(location.hash).toBe(`#/guests/${contact}/conversations`);
  await press(window, "Write as the guest");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Message of Grace"));
});

test("what waits in the outbox tells what the org calls its chat", async () => {
  const window = await openLive();
  const chat = await startChat(window, "Grace");
  await say(window, chat, "Grace", "hello");
  const { contact } = await idsOf(window, chat);
  await goOffline(window);
  await say(window, chat, "Grace", "later");
  await screen.findByText(/Outbox · 1 waiting/);
  await window.user.click(screen.getByRole("link", { name: "Outbox" }));
  const [row] = within(await screen.findByRole("grid", { name: "Conversations" }))
    .getAllByRole("row")
    .slice(1);
  if (!row) throw new Error("no conversation waits");
  await window.user.click(row);
  const ids = within(await screen.findByRole("group", { name: "Ids in the org" }));
  expect(ids.getByRole("link", { name: "Contact" }).getAttribute("href")).toBe(`#/guests/${contact}/conversations`);
  expect(ids.getByRole("button", { name: "Copy the org's conversation id" })).toBeTruthy();
});

test("without a deployment the form says what it needs, and nothing is sent before one is named", async () => {
  const window = await openLive("#/guests", { kind: "test" });
  const start = await ledgerEnd(window);
  const dialog = await askForChat(window);
  expect(dialog.getByText(/This connection names no deployment/)).toBeTruthy();
  await press(window, "Start chat", dialog.getByRole);
  expect(await dialog.findByText(/Name the deployment, as its page/)).toBeTruthy();
  const sockets = (await window.org.ledger(start)).filter(({ path }) => /deployments|\/v1/.test(path));
  expect(sockets).toEqual([]);

  await window.user.type(dialog.getByRole("textbox", { name: /Deployment/ }), "no-such-deployment");
  await press(window, "Start chat", dialog.getByRole);
  expect(await dialog.findByText(/Check the id of the deployment/)).toBeTruthy();
  expect((await window.core.labOverview()).chats).toEqual([]);

  await put(window, dialog.getByRole("textbox", { name: /Deployment/ }), DEPLOYMENT);
  await press(window, "Start chat", dialog.getByRole);
  await noDialog();
  expect(await screen.findByRole("region", { name: "Chat of Anonymous guest" })).toBeTruthy();
});

test("a start whose answer was lost is asked for again under the same id, so that there is one chat", async () => {
  const window = await openLive();
  const ids: string[] = [];
  const { chatStart } = window.core;
  window.core.chatStart = async (start) => {
    ids.push(start.guestId);
    const started = await chatStart(start);
    if (ids.length === 1) throw new Error("the answer was lost");
    return started;
  };
  const dialog = await askForChat(window);
  await press(window, "Start chat", dialog.getByRole);
  await waitFor(() => expect(ids).toHaveLength(1));
  await press(window, "Start chat", dialog.getByRole);
  await noDialog();
  expect(ids[0]).toBe(ids[1]);
  expect((await window.core.labOverview()).chats).toHaveLength(1);
});

test("while the console is offline no chat is begun, and a read-only connection begins none", async () => {
  const window = await openLive();
  await goOffline(window);
  const dialog = await askForChat(window);
  expect(dialog.getByText(/Go online to start a chat/)).toBeTruthy();
  expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Start chat" }).disabled).toBe(true);

  await openLive("#/guests", { readOnly: true, kind: "test" });
  expect((await screen.findByRole<HTMLButtonElement>("button", { name: "Start a chat" })).disabled).toBe(true);
});

test("over the Guest API a client that may not write messages is told so where a chat would begin", async () => {
  const window = await openWindow("#/settings", { scopes: ["guest:read", "guest:write", "conversation:read"] });
  await window.core.connectionTest("simulator");
  await window.user.click(screen.getByRole("link", { name: /^Guests/ }));
  const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Start a chat" });
  await waitFor(() => expect(button.disabled).toBe(true));
  expect(button.title).toContain("lacks webchat:write");
  await openFirstGuest(window);
  await window.user.click(screen.getByRole("button", { name: "More for this guest" }));
  const item = await screen.findByRole("menuitem", { name: "Start again as a new guest" });
  expect(item.getAttribute("title")).toContain("lacks webchat:write");
});

test("the session of a chat that was started here is valid without a token, gone when it expired, and begun anew as them", async () => {
  const window = await openLive();
  const chat = await startChat(window, "Grace", "grace@example.com");
  await say(window, chat, "Grace", "hello");
  const { contact, conversation } = await idsOf(window, chat);
  globalThis.window.location.hash = `#/guests/${contact}`;
  await screen.findByText(/The chat was started here, so no token is needed/);
  await press(window, "Check session");
  await outcome("valid");

  await window.org.expire(conversation);
  await press(window, "Check session");
  await outcome("gone");
  await press(window, "Start a chat as them…");
  const dialog = within(await screen.findByRole("dialog", { name: "Start a chat" }));
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Name" }).value).toBe("Grace");
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "E-mail" }).value).toBe("grace@example.com");
});

/** The panel of a guest whose chat was not started here. */
async function strangersPanel(window: TestWindow) {
  const contact = await window.org.contact({ firstName: "Stranger" });
  globalThis.window.location.hash = `#/guests/${contact}`;
  return screen.findByLabelText<HTMLInputElement>("Session token");
}

/** A guest's page under a token that somebody knows, with a message written in it. */
async function pageOf({ core, org }: TestWindow, token: string) {
  const before = await org.sessions();
  const guest = { deployment: DEPLOYMENT, pageOrigin: null, name: "Page", email: "", attributes: {} };
  const { id } = await core.labResume(guest, token);
  await waitFor(async () => expect((await core.labOverview()).chats[0]?.state).toBe("ready"));
  await core.labSay(id, crypto.randomUUID(), "hello");
  const started = async () => (await org.sessions()).find((one) => !before.some((old) => old.guestId === one.guestId));
  await waitFor(async () => expect((await started())?.conversationId).toBeDefined());
  return (await started())?.conversationId ?? "";
}

test("no token is missing, and one that the org never knew is invalid, also when it is asked about twice", async () => {
  const window = await openLive();
  const token = await strangersPanel(window);
  await press(window, "Check session");
  await outcome("missing");

  const unknown = crypto.randomUUID();
  for (const _ of [1, 2]) {
    await window.user.type(token, unknown);
    await press(window, "Check session");
    await outcome("invalid");
    expect(token.value).toBe("");
  }
  expect(answer().textContent).toContain("nobody has written in it");
});

test("a token of an open session is valid, and gone once the session has expired", async () => {
  const window = await openLive();
  const known = crypto.randomUUID();
  const conversation = await pageOf(window, known);
  const token = await strangersPanel(window);
  await window.user.type(token, known);
  await press(window, "Check session");
  await outcome("valid");
  expect(answer().textContent).toContain("does not tell whose session it is");

  await window.org.expire(conversation);
  await window.user.type(token, known);
  await press(window, "Check session");
  await outcome("gone");
  expect(answer().textContent).toContain("has expired");
});

test("beside a chat that was started here another token can be asked about", async () => {
  const window = await openLive();
  const { guest } = await chatOf(window, "Ada", ["hello"]);
  globalThis.window.location.hash = `#/guests/${guest}`;
  await press(window, "Check another token");
  await window.user.type(screen.getByLabelText("Session token"), crypto.randomUUID());
  await press(window, "Check session");
  await outcome("invalid");
  await press(window, "Check the chat that was started here");
  await press(window, "Check session");
  await outcome("valid");
});

test("a connection without a deployment says where a session would be asked about", async () => {
  const window = await openLive("#/guests", { kind: "test" });
  await strangersPanel(window);
  expect(
    await screen.findByText(/A session is asked about in a deployment, and this connection names none/),
  ).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Check session" }).disabled).toBe(true);
});
