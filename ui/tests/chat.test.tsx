import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { goOffline, openFirstGuest, openWindow, startChat, type TestWindow } from "./window";

const states = () =>
  within(screen.getByRole("list", { name: "Messages" }))
    .queryAllByRole("listitem")
    .map((item) => item.getAttribute("data-state"));
const texts = () =>
  within(screen.getByRole("list", { name: "Messages" }))
    .queryAllByRole("listitem")
    .map((item) => item.firstElementChild?.textContent);

async function say({ user }: TestWindow, text: string) {
  await user.type(screen.getByRole("textbox", { name: "Message" }), `${text}{Enter}`);
}

test("a played guest writes, goes offline, writes on, comes back: every message arrives once, in order", async () => {
  const window = await openWindow();
  await startChat(window, "Grace Hopper", "grace@example.com");
  expect(screen.getByRole("heading", { name: "Grace Hopper", level: 2 })).toBeTruthy();

  await say(window, "one");
  await waitFor(() => expect(states()).toEqual(["delivered"]));

  await goOffline(window);
  expect(await screen.findByText("Once sent, it is kept on disk and goes out when you are online")).toBeTruthy();
  for (const text of ["two", "three", "four"]) await say(window, text);
  await waitFor(() => expect(states()).toEqual(["delivered", "queued", "queued", "queued"]));
  expect(await screen.findByText(/Outbox · 3 waiting/)).toBeTruthy();

  await window.user.click(screen.getByRole("switch", { name: "Online" }));
  await waitFor(() => expect(states()).toEqual(["delivered", "delivered", "delivered", "delivered"]));
  expect(texts()).toEqual(["one", "two", "three", "four"]);
  expect(await screen.findByText(/everything delivered/)).toBeTruthy();
});

test("a wrong e-mail is refused before anything is sent", async () => {
  const { user, org } = await openWindow();
  await user.click(await screen.findByRole("button", { name: "Start a chat" }));
  const modal = await screen.findByRole("dialog", { name: "Start a chat" });
  await user.type(within(modal).getByRole("textbox", { name: "E-mail" }), "grace@");
  await user.click(within(modal).getByRole("button", { name: "Start chat" }));
  expect(await within(modal).findByText(/name@example.com/)).toBeTruthy();
  expect(await org.size()).toBe(250);
});

test("a chat that failed is tried again with the same id, so that there is one guest", async () => {
  const window = await openWindow();
  const { core, user } = window;
  const ids: string[] = [];
  const chatStart = core.chatStart;
  core.chatStart = async (start) => {
    ids.push(start.guestId);
    return chatStart(start);
  };
  core.failNext("chatStart", "unreachable");
  await user.click(await screen.findByRole("button", { name: "Start a chat" }));
  const modal = await screen.findByRole("dialog", { name: "Start a chat" });
  await user.click(within(modal).getByRole("button", { name: "Start chat" }));
  expect(await within(modal).findByText("The org cannot be reached")).toBeTruthy();
  await user.click(within(modal).getByRole("button", { name: "Start chat" }));
  await screen.findByRole("textbox", { name: "Message" });
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
});

test("Shift Enter starts a line, and a message of more than 4,096 bytes is not taken", async () => {
  const window = await openWindow();
  const box = await startChat(window, "Ada", "ada@example.com");
  await window.user.type(box, "a{Shift>}{Enter}{/Shift}b");
  expect((box as HTMLTextAreaElement).value).toBe("a\nb");
  await window.user.clear(box);
  await window.user.click(box);
  await window.user.paste("é".repeat(2049));
  expect(await screen.findByText("4,098 of 4,096 bytes")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Send" }) as HTMLButtonElement).disabled).toBe(true);
  await window.user.keyboard("{Enter}");
  expect(states()).toEqual([]);
});

test("how long a message may be is what the core says of its org", async () => {
  const window = await openWindow();
  const box = await startChat(window, "Ada", "ada@example.com");
  const limits = {
    messageBytes: 8,
    guestsPage: 100,
    nameCharacters: 200,
    emailCharacters: 254,
    attributeKeyCharacters: 128,
    retentionDays: 3_650,
    interactions: 1_000,
    brakeTimes: 1_000,
    confirmOver: 100,
    unaskedQuestions: 250,
  };
  window.core.tell({ limits });
  await window.user.type(box, "123456789");
  expect(await screen.findByText("9 of 8 bytes")).toBeTruthy();
});

test("a message the core could not take stays with its text and can be sent again", async () => {
  const window = await openWindow();
  await startChat(window, "Ada", "ada@example.com");
  window.core.failNext("chatSay", "disk_full");
  await say(window, "keep me");
  expect(await screen.findByText("The disk is full")).toBeTruthy();
  expect(screen.getByText("Not accepted: keep me")).toBeTruthy();
  await window.user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(states()).toEqual(["delivered"]));
});

const guestOnScreen = () => decodeURIComponent(window.location.hash.split("/")[2] ?? "");
const answer = () => screen.getByRole("status", { name: "Answer of the session check" });

test("a session is valid without a token where the chat was started here, and gone once it is closed", async () => {
  const window = await openWindow();
  await startChat(window, "Grace Hopper", "grace@example.com");
  expect(screen.queryByLabelText("Session token")).toBeNull();
  await window.user.click(screen.getByRole("button", { name: "Check session" }));
  await waitFor(() => expect(answer().getAttribute("data-outcome")).toBe("valid"));
  expect(answer().textContent).toContain("Session is valid");

  const { conversations } = await window.core.guestOpen(guestOnScreen());
  await window.org.closeConversation(conversations[0]?.id ?? "");
  await window.user.click(screen.getByRole("button", { name: "Check session" }));
  await waitFor(() => expect(answer().getAttribute("data-outcome")).toBe("gone"));

  const before = await window.org.size();
  await window.user.click(within(answer()).getByRole("button", { name: "Start the chat again" }));
  await waitFor(async () => expect(await window.org.size()).toBe(before + 1));
  const [started] = await window.org.guests();
  expect(started).toMatchObject({ name: "Grace Hopper", email: "grace@example.com" });
});

test("a token is missing, invalid or good, and does not stay in its field", async () => {
  const window = await openWindow();
  await openFirstGuest(window);
  const token = screen.getByLabelText("Session token") as HTMLInputElement;
  expect(token.type).toBe("password");
  await window.user.click(screen.getByRole("button", { name: "Check session" }));
  await waitFor(() => expect(answer().getAttribute("data-outcome")).toBe("missing"));

  await window.user.type(token, "wrong");
  await window.user.click(screen.getByRole("button", { name: "Check session" }));
  await waitFor(() => expect(answer().getAttribute("data-outcome")).toBe("invalid"));
  expect(answer().textContent).toContain("Session is invalid or expired");
  expect(token.value).toBe("");
});
