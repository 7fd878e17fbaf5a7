import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, onTestFinished, test } from "vitest";
import { type Chat, lab, play, say } from "./lab";
import { press, type TestWindow } from "./window";

/** The guest's messages that are on the screen, by how far they came. */
const deliveries = (chat: Chat) =>
  chat.getAllByRole("listitem").flatMap((line) => line.getAttribute("data-delivery") ?? []);

const choose = async (window: TestWindow, name: string, item: string) => {
  await window.user.click(screen.getByRole("button", { name: `More about the chat of ${name}` }));
  await window.user.click(await screen.findByRole("menuitem", { name: item }));
};

test("a guest is played: the deployment is prefilled, what is written arrives, and an offered answer is pressed", async () => {
  const window = await lab();
  await press(window, "Play a guest");
  const dialog = within(await screen.findByRole("dialog", { name: "Play a guest" }));
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Deployment" }).value).toMatch(/^0{8}-0000-4000/);
  await window.user.click(dialog.getByRole("button", { name: "Cancel" }));

  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "hello");
  expect(await chat.findByText(/I know these words/)).toBeTruthy();
  expect(await chat.findByText(/^Delivered/)).toBeTruthy();
  const offered = within(await chat.findByRole("group", { name: "Quick replies" }));
  await window.user.click(offered.getByRole("button", { name: "card" }));
  expect(await chat.findByRole("article", { name: "Garden room" })).toBeTruthy();
  // They stand below the last message only.
  expect(chat.queryByRole("group", { name: "Quick replies" })).toBeNull();
});

test("a card's picture and addresses are not opened: the picture is named, a link is copied, a button answers", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "card");
  const card = within(await chat.findByRole("article", { name: "Garden room" }));
  expect(card.getByText(/Picture at/).textContent).toBe("Picture at example.com, not loaded");
  expect(document.querySelector("[data-chat] img, [data-chat] a")).toBeNull();
  expect(card.getByRole("button", { name: "Copy the address of See pictures" })).toBeTruthy();
  await window.user.click(card.getByRole("button", { name: "Book the garden room" }));
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered", "delivered"]));
});

test("times, lists and forms are answered once, and stand there closed afterwards", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "date");
  const times = within(await chat.findByRole("group", { name: "When will you arrive?" }));
  const send = times.getByRole<HTMLButtonElement>("button", { name: "Send this time" });
  expect(send.disabled).toBe(true);
  await window.user.click(times.getByRole("radio", { name: "14:30" }));
  await window.user.click(send);
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered", "delivered"]));
  expect(send.disabled).toBe(true);

  await say(window, chat, "Ada", "list");
  const list = within(await chat.findByRole("group", { name: "What would you like for breakfast?" }));
  await window.user.click(list.getByRole("checkbox", { name: "Tea" }));
  await window.user.click(list.getByRole("checkbox", { name: "Egg" }));
  await window.user.click(list.getByRole("button", { name: "Send 2 choices" }));
  await waitFor(() => expect(deliveries(chat)).toEqual(Array(4).fill("delivered")));

  await say(window, chat, "Ada", "form");
  const form = within(await chat.findByRole("form"));
  const done = form.getByRole<HTMLButtonElement>("button", { name: "Send the form" });
  expect(done.disabled).toBe(true);
  await window.user.type(form.getByRole("textbox", { name: /Your name/ }), "Ada Lovelace");
  await window.user.click(done);
  await waitFor(() => expect(deliveries(chat)).toEqual(Array(6).fill("delivered")));
});

test("a guest goes offline by the switch: what they write waits, and goes once they are back", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "one");
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered"]));
  await window.user.click(chat.getByRole("switch", { name: "Ada is online" }));
  expect(await chat.findByText(/Switched offline: what the guest writes waits/)).toBeTruthy();
  await say(window, chat, "Ada", "two");
  expect(await chat.findByText("Waits to be sent")).toBeTruthy();
  await window.user.click(chat.getByRole("switch", { name: "Ada is online" }));
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered", "delivered"]));
});

test("the other side is played: it writes with quick replies and lets the session expire, after which the guest starts again", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "hello");
  await chat.findByText(/I know these words/);
  await window.user.click(screen.getByRole("switch", { name: "Play the other side too" }));
  const agent = within(await chat.findByRole("region", { name: "The other side of the chat of Ada" }));
  await window.user.type(agent.getByRole("textbox", { name: "Quick replies of the other side" }), "Now, Later");
  await window.user.type(agent.getByRole("textbox", { name: "Message of the other side" }), "When?{Enter}");
  const offered = within(await chat.findByRole("group", { name: "Quick replies" }));
  expect((await offered.findByRole("button", { name: "Later" })).textContent).toBe("Later");
  expect(chat.getByText("When?")).toBeTruthy();

  await window.user.click(agent.getByRole("button", { name: "What else the other side does" }));
  // The embedded org is as the vendor's are at first: no guest is told of an end.
  const end = await screen.findByRole<HTMLButtonElement>("menuitem", { name: /^End the conversation/ });
  expect(end.disabled).toBe(true);
  await window.user.click(screen.getByRole("menuitem", { name: "Let the session expire" }));
  const box = chat.getByRole<HTMLTextAreaElement>("textbox", { name: "Message of Ada" });
  await waitFor(() => expect(box.disabled).toBe(true));
  expect(chat.getAllByText(/^The session expired/).length).toBeGreaterThan(0);
  await press(window, "Start again as a new guest…", chat.getByRole);
  const dialog = within(await screen.findByRole("dialog", { name: "Play a guest" }));
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Name" }).value).toBe("Ada");
});

test("a new session asks first, and the guest writes on in it", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "hello");
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered"]));
  await choose(window, "Ada", "New session…");
  const question = within(await screen.findByRole("dialog", { name: "Begin a new session?" }));
  await window.user.click(question.getByRole("button", { name: "New session" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await say(window, chat, "Ada", "again");
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered", "delivered"]));
});

test("every frame is there with its secrets masked; a filter, a hold and an export act on them", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await window.user.click(chat.getByRole("button", { name: "Frames of Ada" }));
  const frames = within(await screen.findByRole("complementary", { name: "Frames of Ada" }));
  await window.user.click(await frames.findByRole("button", { name: /configureSession/ }));
  const json = frames.getByText(/"action": "configureSession"/).textContent ?? "";
  expect(json).toMatch(/"token": "[^0-9a-f-]+"/);

  await window.user.click(frames.getByRole("button", { name: "Hold the list of frames" }));
  await say(window, chat, "Ada", "hello");
  expect(await frames.findByText(/more came since the list is held/)).toBeTruthy();
  await window.user.type(frames.getByRole("textbox", { name: "Filter the frames" }), "onMessage");
  await waitFor(() => expect(frames.queryByRole("button", { name: /configureSession/ })).toBeNull());
  expect((await frames.findAllByRole("button", { name: /onMessage/ })).length).toBeGreaterThan(0);

  await window.user.click(frames.getByRole("button", { name: "Export the frames" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Export the frames" }));
  await window.user.click(dialog.getByRole("button", { name: "Export" }));
  expect(await dialog.findByText(/^\d+ frames written\.$/)).toBeTruthy();
});

test("a file that was chosen is uploaded and stands in the transcript by its name", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  const file = join(mkdtempSync(join(tmpdir(), "innkeeper-file-")), "passport.png");
  writeFileSync(file, Buffer.alloc(2_000, 1));
  await window.bridge.person({ open: [file] });
  await window.user.click(chat.getByRole("button", { name: "Send a file" }));
  expect(await chat.findByText("passport.png")).toBeTruthy();
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered"]));
});

test("a file that is dropped on a chat is sent there, and one that is dropped beside it is not", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  const column = screen.getByRole("region", { name: "Chat of Ada" });
  const file = join(mkdtempSync(join(tmpdir(), "innkeeper-file-")), "dropped.png");
  writeFileSync(file, Buffer.alloc(2_000, 1));
  document.elementFromPoint = () => document.body;
  await window.bridge.drop([file], 5, 5);
  expect(await screen.findByText("Drop dropped.png on the chat of the guest who shall send it.")).toBeTruthy();
  document.elementFromPoint = () => column;
  await window.bridge.drop([file], 5, 5);
  expect(await chat.findByText("dropped.png")).toBeTruthy();
  await waitFor(() => expect(deliveries(chat)).toEqual(["delivered"]));
});

test("a chat over which a file is dragged says that it takes it, until the file is elsewhere", async () => {
  const window = await lab();
  await play(window, "Ada");
  const column = screen.getByRole("region", { name: "Chat of Ada" });
  const drag = (kind: string, on: Element, types: string[]) =>
    fireEvent(on, Object.assign(new Event(kind, { bubbles: true }), { dataTransfer: { types }, relatedTarget: null }));
  drag("dragover", column, ["text/plain"]);
  expect(screen.queryByText("Drop to send it as Ada")).toBeNull();
  drag("dragover", column, ["Files"]);
  expect(await screen.findByText("Drop to send it as Ada")).toBeTruthy();
  drag("dragover", document.body, ["Files"]);
  await waitFor(() => expect(screen.queryByText("Drop to send it as Ada")).toBeNull());
  drag("dragover", column, ["Files"]);
  await screen.findByText("Drop to send it as Ada");
  drag("dragleave", column, ["Files"]);
  await waitFor(() => expect(screen.queryByText("Drop to send it as Ada")).toBeNull());
});

test("replies that come while nobody looks are counted at the chat, in the list and at its head, until they are seen", async () => {
  const window = await lab();
  const ada = await play(window, "Ada");
  await play(window, "Grace");
  const inSight = (is: boolean) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => !is });
    fireEvent(document, new Event("visibilitychange"));
  };
  onTestFinished(() => inSight(true));
  inSight(false);
  await say(window, ada, "Ada", "hello");
  await ada.findByText(/I know these words/);
  const names = within(screen.getByRole("navigation", { name: "Chats" }));
  expect(await names.findByRole("button", { name: /^Ada.*1 new message$/ })).toBeTruthy();
  expect(ada.getAllByTitle("1 new message")).toHaveLength(1);
  expect(names.getByRole("button", { name: "Grace Connected" })).toBeTruthy();
  inSight(true);
  expect(await names.findByRole("button", { name: "Ada Connected" })).toBeTruthy();
  expect(ada.queryByTitle("1 new message")).toBeNull();
});

test("several guests stand side by side, each with what is half-written there", async () => {
  const window = await lab();
  const ada = await play(window, "Ada");
  await window.user.type(ada.getByRole("textbox", { name: "Message of Ada" }), "half of it");
  const grace = await play(window, "Grace");
  await say(window, grace, "Grace", "hello");
  await waitFor(() => expect(deliveries(grace)).toEqual(["delivered"]));
  expect(ada.getByRole<HTMLTextAreaElement>("textbox", { name: "Message of Ada" }).value).toBe("half of it");
  const names = within(screen.getByRole("navigation", { name: "Chats" }));
  await window.user.click(names.getByRole("button", { name: "Ada Connected" }));
  expect(names.getByRole("button", { name: "Ada Connected" }).getAttribute("aria-current")).toBe("true");

  await choose(window, "Grace", "End the chat…");
  const question = within(await screen.findByRole("dialog", { name: "End the chat?" }));
  await window.user.click(question.getByRole("button", { name: "End chat" }));
  expect(await grace.findByText("The guest left the chat.", { selector: "[role=status] *" })).toBeTruthy();
  await choose(window, "Grace", "Remove from the list");
  await waitFor(() => expect(screen.queryByRole("region", { name: "Chat of Grace" })).toBeNull());
});

test("a message that is not taken stands in its field again, and a failure says what it means", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  window.core.failNext("labSay", "disk_full");
  await say(window, chat, "Ada", "keep me");
  expect(await chat.findByText("The disk is full")).toBeTruthy();
  expect(chat.getByRole<HTMLTextAreaElement>("textbox", { name: "Message of Ada" }).value).toBe("keep me");
});

test("a deployment that there is none of is refused in the dialog, and nothing was begun", async () => {
  const window = await lab();
  await press(window, "Play a guest");
  const dialog = within(await screen.findByRole("dialog", { name: "Play a guest" }));
  const deployment = dialog.getByRole("textbox", { name: "Deployment" });
  await window.user.clear(deployment);
  await window.user.type(deployment, "11111111-0000-4000-8000-000000000001");
  await window.user.click(dialog.getByRole("button", { name: "Start chat" }));
  expect(await dialog.findByRole("alert")).toBeTruthy();
  expect((await window.core.labOverview()).chats).toEqual([]);
});

test("the token of a session goes in as a password, and never comes back", async () => {
  const window = await lab();
  await press(window, "Resume by token…");
  const dialog = within(await screen.findByRole("dialog", { name: "Resume a chat" }));
  const token = "c0ffee00-0000-4000-8000-00000000c0de";
  await window.user.type(dialog.getByLabelText(/^Session token/), token);
  await window.user.click(dialog.getByRole("button", { name: "Resume" }));
  const chat = await screen.findByRole("region", { name: "Chat of Anonymous guest" });
  await waitFor(() => expect(chat.getAttribute("data-chat-state")).toBe("ready"));
  expect(JSON.stringify(await window.core.labOverview())).not.toContain(token);
  expect(document.body.innerHTML).not.toContain(token);
});
