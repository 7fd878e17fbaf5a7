import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { type Chat, lab, play, say } from "./lab";
import { noDialog, openWindow, press, type TestWindow } from "./window";

const decided = "The guest wrote this in a session that they have left since";

const entries = async ({ core }: TestWindow) =>
  (await core.outboxPage({ group: null, conversationId: null }, 0, 10)).entries;

/** A text of which only a person can say whether it arrived: its guest's history went with the guest before it was read. */
async function uncertain(window: TestWindow, chat: Chat) {
  const { org, user } = window;
  await say(window, chat, "Ada", "hello");
  await chat.findByText(/I know these words/);
  const history = { when: { path: "/api/v2/webmessaging/messages" }, do: "403" };
  await org.weather({ when: { action: "onMessage" }, do: "drop-after" }, history);
  await say(window, chat, "Ada", "yes");
  await waitFor(async () => expect(await entries(window)).toMatchObject([{ state: "uncertain" }]));
  const online = chat.getByRole("switch", { name: "Ada is online" });
  await user.click(online);
  const [ada] = (await org.guests()).filter(({ name }) => name === "Ada");
  await org.remove(ada?.id ?? "");
  await org.weather();
  await waitFor(async () => expect(await entries(window)).toMatchObject([{ needsPerson: true }]));
  await user.click(online);
}

async function beginNewSession({ user }: TestWindow) {
  await user.click(screen.getByRole("button", { name: "More about the chat of Ada" }));
  await user.click(await screen.findByRole("menuitem", { name: "New session…" }));
  const question = within(await screen.findByRole("dialog", { name: "Begin a new session?" }));
  await user.click(question.getByRole("button", { name: "New session" }));
  await noDialog();
}

test("an uncertain message of a former session is asked about before it goes into the new conversation, in both places", async () => {
  const window = await lab();
  const { user } = window;
  const chat = await play(window, "Ada");
  await uncertain(window, chat);
  expect(await chat.findByRole("button", { name: "Send it again: it may then be there twice" })).toBeTruthy();
  await beginNewSession(window);
  await user.click(await chat.findByRole("button", { name: "Send it into the new conversation…" }));
  const asked = async () => within(await screen.findByRole("dialog", { name: "Send it into the new conversation?" }));
  expect((await asked()).getByText(new RegExp(decided))).toBeTruthy();
  await user.click((await asked()).getByRole("button", { name: "Cancel" }));
  await noDialog();

  await user.click(screen.getByRole("link", { name: /^Outbox · / }));
  await user.click(await screen.findByRole("button", { name: /^Send message \d+ again/ }));
  expect((await asked()).getByText("yes", { exact: false })).toBeTruthy();
  expect(await entries(window)).toHaveLength(1);
  await user.click((await asked()).getByRole("button", { name: "Send again" }));
  await waitFor(async () => expect(await entries(window)).toEqual([]));
});

test("a guest who cannot be connected sent nothing, and that is what is said", async () => {
  const window = await openWindow("#/chat-lab", { guests: 5, second: true });
  const { bridge, core, user } = window;
  await bridge.person({ confirm: true });
  const nothing = { name: null, kind: null, environment: null, clientId: null, readOnly: null };
  const away = { baseUrl: "http://127.0.0.1:9", clientSecret: "demo", deployment: "d1" };
  await core.connectionEdit("Support EU", { ...nothing, ...away }, false);
  await core.connectionUse("Support EU");
  await screen.findByText(/Support EU/);
  await press(window, "Play a guest");
  const dialog = within(await screen.findByRole("dialog", { name: "Play a guest" }));
  await user.click(dialog.getByRole("button", { name: "Start chat" }));
  expect(await dialog.findByText("The org cannot be reached")).toBeTruthy();
  expect(dialog.getByText("No guest was connected and nothing was sent.")).toBeTruthy();
  expect(dialog.queryByText(/took the change/)).toBeNull();
});
