import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Core } from "../src/ipc/core";
import { goOffline, noDialog, openWindow, startChat, type TestWindow } from "./window";

const SEND = "/messages";

/** Every message of the conversation that was started here, delivered and discarded ones too. */
async function written(core: Core) {
  const [first] = (await core.outboxPage({ group: null, conversationId: null }, 0, 1)).entries;
  return core.chatMessages(first?.conversationId ?? "");
}

const states = async (core: Core) => (await written(core)).map((entry) => entry.state);

async function withThreeWaiting(): Promise<TestWindow> {
  const window = await openWindow();
  const box = await startChat(window, "Grace Hopper", "grace@example.com");
  // While it is online: offline the list of guests stands as it was read last, and nobody of them has a name.
  await screen.findByText("251 guests");
  await goOffline(window);
  for (const text of ["one", "two", "three"]) await window.user.type(box, `${text}{Enter}`);
  await window.user.click(screen.getByRole("link", { name: "Outbox" }));
  await screen.findByRole("button", { name: "Discard message 3" });
  return window;
}

test("an empty outbox says so", async () => {
  await openWindow("#/outbox");
  expect(await screen.findByText("Everything is delivered")).toBeTruthy();
});

test("waiting messages stand under their guest, in order", async () => {
  await withThreeWaiting();
  expect(await screen.findByRole("link", { name: "Grace Hopper" })).toBeTruthy();
  const items = within(screen.getByRole("list", { name: "Messages not yet delivered" })).getAllByRole("listitem");
  const entries = items.filter((item) => item.hasAttribute("data-state"));
  expect(entries.map((item) => item.getAttribute("data-state"))).toEqual(["queued", "queued", "queued"]);
  expect(entries.map((item) => /one|two|three/.exec(item.textContent ?? "")?.[0])).toEqual(["one", "two", "three"]);
});

test("a discarded message can be taken back", async () => {
  const { user, core } = await withThreeWaiting();
  await user.click(screen.getByRole("button", { name: "Discard message 2" }));
  await screen.findByText("Message discarded");
  expect(await states(core)).toEqual(["queued", "discarded", "queued"]);
  const toast = screen.getByText("Message discarded").closest<HTMLElement>("[role=alert]");
  await user.click(within(toast as HTMLElement).getByRole("button", { name: "Undo" }));
  await waitFor(async () => expect(await states(core)).toEqual(["queued", "queued", "queued"]));
});

test("a waiting message can be edited, and one that already left says that it is too late", async () => {
  const { user, core } = await withThreeWaiting();
  await user.click(screen.getByRole("button", { name: "Edit message 1" }));
  const modal = await screen.findByRole("dialog", { name: "Edit message 1" });
  await user.type(within(modal).getByRole("textbox"), "!");
  await user.click(within(modal).getByRole("button", { name: "Save message" }));
  await waitFor(async () => expect((await written(core))[0]?.text).toBe("one!"));

  core.alter("outboxDiscard", () => ({ inTime: false, perhapsSent: false }));
  await user.click(screen.getByRole("button", { name: "Discard message 3" }));
  expect(await screen.findByText("Too late")).toBeTruthy();
});

test("a text that came too late stays as a draft, and whoever opens it again is told before typing", async () => {
  const { user, core } = await withThreeWaiting();
  await user.click(screen.getByRole("button", { name: "Edit message 1" }));
  const modal = () => screen.findByRole("dialog", { name: "Edit message 1" });
  await user.type(within(await modal()).getByRole("textbox"), "!");
  core.alter("outboxEdit", () => ({ inTime: false, perhapsSent: false }));
  await user.click(within(await modal()).getByRole("button", { name: "Save message" }));
  expect(
    await within(await modal()).findByText(/may have been sent already; the text below was not sent/),
  ).toBeTruthy();
  expect((within(await modal()).getByRole("textbox") as HTMLTextAreaElement).value).toBe("one!");
  await waitFor(async () => expect(await core.drafts()).toHaveLength(1));

  await user.keyboard("{Escape}");
  await noDialog();
  core.alter("chatMessages", (messages) => messages.map((entry) => ({ ...entry, state: "delivered" })));
  core.tell({}, "outbox");
  await user.click(await screen.findByRole("button", { name: "Drafts · 1" }));
  await user.click(await screen.findByRole("button", { name: /^Open Message 1 of the outbox/ }));
  expect(await within(await modal()).findByText(/was delivered meanwhile; the text below was not sent/)).toBeTruthy();
  expect((within(await modal()).getByRole("textbox") as HTMLTextAreaElement).value).toBe("one!");
  const save = within(await modal()).getByRole("button", { name: "Save message" });
  expect((save as HTMLButtonElement).disabled).toBe(true);
});

test("a paused outbox says why and is resumed by hand", async () => {
  const { user, org } = await withThreeWaiting();
  await org.weather({ do: "403", when: { method: "POST", path: `*${SEND}` } });
  await user.click(screen.getByRole("switch", { name: "Online" }));
  expect(await screen.findByText("The outbox is paused")).toBeTruthy();
  expect(screen.getAllByText(/The org answered 403 when asked to send the message/).length).toBeGreaterThan(0);
  const sends = async () => (await org.ledger()).filter(({ kind, path }) => kind === "request" && path.endsWith(SEND));
  const before = (await sends()).length;
  await user.click(screen.getByRole("button", { name: "Resume" }));
  await waitFor(async () => expect((await sends()).length).toBe(before + 1));
});
