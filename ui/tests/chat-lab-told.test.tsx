import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { FailureCode } from "../src/ipc/bindings";
import { few, lab, play, say } from "./lab";
import { goOffline, openScenarios, openWindow, playGuest, press, type TestWindow } from "./window";

/** What the guest wrote or pressed, as the core has it. */
async function said({ core }: TestWindow) {
  const [chat] = (await core.labOverview()).chats;
  const { rows } = await core.labTranscript(chat?.id ?? "", 0, 500);
  return rows.filter(({ kind }) => kind === "guest").map(({ text }) => text);
}

/** What was read out last for whoever does not see it. */
const announced = () => document.querySelector("[data-announced]")?.textContent ?? "";

test("an answer that is pressed twice is sent once: of a quick reply, a card and a list", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "hello");
  const offered = within(await chat.findByRole("group", { name: "Quick replies" }));
  await window.user.dblClick(offered.getByRole("button", { name: "card" }));
  const card = within(await chat.findByRole("article", { name: "Garden room" }));
  await window.user.dblClick(card.getByRole("button", { name: "Book the garden room" }));
  await waitFor(async () => expect(await said(window)).toEqual(["hello", "card", "Book the garden room"]));
  expect((await chat.findAllByText(/^Closed: the guest has answered/)).length).toBeGreaterThan(0);

  await say(window, chat, "Ada", "list");
  const list = within(await chat.findByRole("group", { name: "What would you like for breakfast?" }));
  await window.user.click(list.getByRole("checkbox", { name: "Tea" }));
  const send = list.getByRole("button", { name: "Send this choice" });
  send.click();
  send.click();
  await waitFor(async () => expect((await said(window)).slice(3)).toEqual(["list", "Tea"]));
  await say(window, chat, "Ada", "done");
  await waitFor(async () => expect((await said(window)).slice(3)).toEqual(["list", "Tea", "done"]));
  expect(screen.queryByText(/answered this message already/)).toBeNull();
});

test("who ends a chat is told how many messages have not been sent, and afterwards each says that it was taken back", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await say(window, chat, "Ada", "hello");
  await chat.findByText(/^Delivered/);
  await window.user.click(chat.getByRole("switch", { name: "Ada is online" }));
  await chat.findByText(/Switched offline/);
  await say(window, chat, "Ada", "one");
  await say(window, chat, "Ada", "two");
  await waitFor(() => expect(chat.getAllByText(/^Waits to be sent/)).toHaveLength(2));
  await window.user.click(screen.getByRole("button", { name: "More about the chat of Ada" }));
  await window.user.click(await screen.findByRole("menuitem", { name: "End the chat…" }));
  const question = within(await screen.findByRole("dialog", { name: "End the chat?" }));
  expect(await question.findByText(/^2 messages have not been sent: they are taken back/)).toBeTruthy();
  await window.user.click(question.getByRole("button", { name: "End chat" }));
  await waitFor(() => expect(chat.getAllByText("Taken back before it was sent")).toHaveLength(2));
  expect(await screen.findByText("Outbox · everything delivered")).toBeTruthy();
});

test("half a character of a cut text goes as the sign for one, and the screen stays", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  const box = chat.getByRole("textbox", { name: "Message of Ada" });
  fireEvent.change(box, { target: { value: "cut \ud83d" } });
  await window.user.type(box, "{Enter}");
  await waitFor(async () => expect(await said(window)).toEqual(["cut \ufffd"]));
  await chat.findByText(/^Delivered/);
});

test("a failure of a kind that the page does not know, or that is no more than a text, is told as a mistake", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  window.core.failNext("labSay", "some_day" as FailureCode);
  await say(window, chat, "Ada", "hello");
  expect(await chat.findByText("Innkeeper made a mistake")).toBeTruthy();
  await expect(window.core.labTranscript(1 as unknown as string, 0, 1)).rejects.toMatchObject({
    failure: { code: "internal" },
  });
});

test("while the console is offline a guest's switch says whose it is, and cannot be pressed", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await goOffline(window);
  expect(await chat.findByText(/^The console is switched offline, and its guests with it/)).toBeTruthy();
  expect(chat.getByRole<HTMLInputElement>("switch", { name: "Ada is online" }).disabled).toBe(true);
});

test("what comes, how far a message is, and where the chat stands is read out", async () => {
  const window = await lab();
  const chat = await play(window, "Ada");
  await waitFor(() => expect(announced()).toContain("Ada: Connected"));
  await say(window, chat, "Ada", "hello");
  await waitFor(() => expect(announced()).toContain("Message of Ada: Delivered"));
  await waitFor(() => expect(announced()).toMatch(/ to Ada: .*I know these words/));
  await window.user.click(chat.getByRole("switch", { name: "Ada is online" }));
  await waitFor(() => expect(announced()).toContain("Ada: Offline"));
  // Whoever hears the transcript hears who wrote each line.
  const [own] = chat.getAllByRole("listitem").filter((line) => line.dataset.kind === "guest");
  expect(own?.textContent).toMatch(/^.*Ada: hello/);
});

test("a token that the org does not know is told of in the transcript", async () => {
  const window = await lab();
  await press(window, "Resume by token…");
  const dialog = within(await screen.findByRole("dialog", { name: "Resume a chat" }));
  await window.user.type(dialog.getByLabelText(/^Session token/), "c0ffee00-0000-4000-8000-00000000c0de");
  await window.user.click(dialog.getByRole("button", { name: "Resume" }));
  const chat = within(await screen.findByRole("region", { name: "Chat of Anonymous guest" }));
  expect(await chat.findByText(/^The org has no session under this token: the guest is new there/)).toBeTruthy();
});

test("two guests of one name are told apart wherever they are named", async () => {
  const window = await lab();
  await playGuest(window, "Mia");
  await playGuest(window, "Mia");
  expect(await screen.findByRole("region", { name: "Chat of Mia (2)" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "Mia (2) Connected" })).toBeTruthy();
  expect((await window.core.labOverview()).chats.map(({ name }) => name)).toEqual(["Mia", "Mia"]);
});

test("who leaves or edits the open connection is told what of the chat lab goes; open files stay over an edit", async () => {
  const window = await openWindow("#/chat-lab", { ...few, second: true });
  const { core, user } = window;
  await playGuest(window, "Ada");
  await core.labAct((await core.labOverview()).chats[0]?.id ?? "", "end");
  await screen.findByRole("button", { name: "Start again as a new guest…" });
  globalThis.location.hash = "#/chat-lab/scenarios";
  await openScenarios(window);
  globalThis.location.hash = "#/settings";
  const line = (name: string) => within(screen.getByRole("listitem", { name }));
  await screen.findByRole("listitem", { name: "Support EU" });
  await user.click(line("Support EU").getByRole("button", { name: "Use" }));
  const question = within(await screen.findByRole("dialog", { name: 'Use the connection "Support EU"?' }));
  expect(question.getByText(/loses .*1 chat that ended, with what was said; 2 open scenario files\./)).toBeTruthy();
  await user.click(question.getByRole("button", { name: "Use connection" }));
  await waitFor(() => line("Support EU").getByText("in use"));

  globalThis.location.hash = "#/chat-lab/scenarios";
  await openScenarios(window);
  const nothing = { name: null, kind: null, environment: null, baseUrl: null, clientId: null, clientSecret: null };
  const deployment = "00000000-0000-4000-8000-000000000002";
  await core.connectionEdit("Support EU", { ...nothing, readOnly: null, deployment }, false);
  expect((await core.scenarioFiles()).files).toHaveLength(2);
});
