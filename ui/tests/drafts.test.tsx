import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { LeaveAnswer } from "../src/ipc/bindings";
import { go, guestHref, screenHref } from "../src/routes";
import { guestRows, noDialog, openFirstGuest, openWindow, show, startChat, type TestWindow } from "./window";

const box = (name: string) => screen.getByRole("textbox", { name }) as HTMLInputElement;

/** Stages a change of the guest who is open, as a person does. */
async function stageSource({ user }: Pick<TestWindow, "user">, value: string) {
  await waitFor(() => box("source"));
  await user.clear(box("source"));
  await user.type(box("source"), value);
}

/** Opens the list of drafts. */
async function listDrafts({ user }: Pick<TestWindow, "user">) {
  await user.click(await screen.findByRole("button", { name: /^Drafts · / }));
  return within(await screen.findByRole("dialog", { name: "Drafts" }));
}

test("what is staged for a guest is there again after another guest, a link, the closed panel and a reload", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  await stageSource(window, "kiosk");
  const [, second] = await guestRows();
  await window.user.click(second as HTMLElement);
  await waitFor(() => expect(box("source").value).not.toBe("kiosk"));
  for (const away of [guestHref(id), screenHref("outbox"), guestHref(id), screenHref("guests"), guestHref(id)]) {
    go(away);
    if (away !== guestHref(id)) continue;
    await waitFor(() => expect(box("source").value).toBe("kiosk"));
  }
  window.user = await show(window.core, guestHref(id));
  await waitFor(() => expect(box("source").value).toBe("kiosk"));
  expect(screen.getByRole("list", { name: "Staged changes" }).textContent).toContain('+ source: "kiosk"');
  await window.user.click(screen.getByRole("button", { name: /^Save 1 change/ }));
  await waitFor(async () => expect((await window.org.guest(id)).attributes.source).toBe("kiosk"));
  await waitFor(() => expect(screen.queryByRole("button", { name: /^Drafts/ })).toBeNull());
  await waitFor(async () => expect(await window.core.drafts()).toEqual([]));
});

test("a restored change meets a guest who changed meanwhile as a conflict, with what was seen first", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  await stageSource(window, "kiosk");
  await window.org.change(id, { attributes: { source: "fair" } });
  window.user = await show(window.core, guestHref(id));
  await waitFor(() => expect(box("source").value).toBe("kiosk"));
  await window.user.click(screen.getByRole("button", { name: /^Save 1 change/ }));
  const conflict = await screen.findByRole("region", { name: "Conflict in source" });
  expect(conflict.textContent).toContain('You saw"web-messaging"Yours"kiosk"Theirs"fair"');
});

test("a guest who was deleted meanwhile leaves the draft behind, and says so", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  await stageSource(window, "kiosk");
  await window.org.remove(id);
  window.user = await show(window.core, guestHref(id));
  expect((await screen.findByText(/^What you typed for this guest is kept/)).textContent).toContain("1 staged change");
  await window.user.click(screen.getByRole("button", { name: "Show drafts" }));
  const list = within(await screen.findByRole("dialog", { name: "Drafts" }));
  expect(list.getByText('source: "web-messaging" → "kiosk"')).toBeDefined();
});

test("a half-written message stays with its conversation and its connection, and leads back to both", async () => {
  const window = await openWindow("#/guests", { second: true });
  const message = await startChat(window, "Grace", "grace@example.org");
  await window.user.type(message, "Half a sent");
  const [first, other] = await window.core.connectionsList();
  const elsewhere = first?.current ? other : first;
  const here = first?.current ? first : other;
  await window.core.connectionUse(elsewhere?.name ?? "");
  await waitFor(() => expect(screen.queryByDisplayValue("Half a sent")).toBeNull());
  const list = await listDrafts(window);
  expect(await list.findByText(`Over the connection ${here?.name}`)).toBeDefined();
  await window.user.click(list.getByRole("button", { name: /and open Grace: a message that is not sent$/ }));
  await screen.findByDisplayValue("Half a sent");
});

test("discarding asks once, with what would go; keeping changes nothing", async () => {
  const window = await openWindow();
  await openFirstGuest(window);
  await stageSource(window, "kiosk");
  for (const [answer, left] of [
    ["Keep", "kiosk"],
    ["Discard 1 draft", "web-messaging"],
  ] as const) {
    await window.user.click(screen.getByRole("button", { name: "Discard" }));
    const question = within(await screen.findByRole("dialog", { name: "Discard 1 draft?" }));
    expect(question.getByText(/: 1 staged change$/)).toBeDefined();
    await window.user.click(question.getByRole("button", { name: answer }));
    await noDialog();
    await waitFor(() => expect(box("source").value).toBe(left));
  }
  await waitFor(async () => expect(await window.core.drafts()).toEqual([]));
});

test("what was begun and emptied again is no draft, and the secret of a connection is never part of one", async () => {
  const window = await openWindow("#/settings");
  const id = (await screen.findByLabelText("Client id")) as HTMLInputElement;
  await window.user.type(screen.getByLabelText("Client secret"), "hush");
  await window.user.type(id, "half");
  await screen.findByRole("button", { name: "Drafts · 1" });
  await waitFor(async () => expect(await window.core.drafts()).toHaveLength(1));
  expect(JSON.stringify(await window.core.drafts())).not.toContain("hush");
  await window.user.clear(id);
  await waitFor(async () => expect(await window.core.drafts()).toEqual([]));
});

test("the shell that wants to end is answered at once, and a person decides with what would go in sight", async () => {
  const opened = await openWindow();
  const said: LeaveAnswer[] = [];
  opened.core.leave = async (answer) => {
    said.push(answer);
    return null;
  };
  await openFirstGuest(opened);
  await stageSource(opened, "kiosk");
  window.dispatchEvent(new Event("innkeeper:leave"));
  let question = within(await screen.findByRole("dialog", { name: "Quit and discard 1 draft?" }));
  expect(said).toEqual(["asked"]);
  expect(question.getByText(/: 1 staged change$/)).toBeDefined();
  await opened.user.click(question.getByRole("button", { name: "Keep and go on" }));
  await noDialog();
  expect(box("source").value).toBe("kiosk");
  window.dispatchEvent(new Event("innkeeper:leave"));
  question = within(await screen.findByRole("dialog", { name: "Quit and discard 1 draft?" }));
  await opened.user.click(question.getByRole("button", { name: "Quit and discard 1 draft" }));
  await waitFor(() => expect(said).toEqual(["asked", "asked", "discard"]));
});

test("a draft that the core cannot take stays on the screen, and that is told", async () => {
  const window = await openWindow();
  const message = await startChat(window, "Grace", "grace@example.org");
  await window.user.click(message);
  await window.user.paste("x".repeat(70_000));
  expect(await screen.findByText("What you typed is on this screen only")).toBeDefined();
  expect((message as HTMLTextAreaElement).value).toHaveLength(70_000);
});

test("search, filter and order are found again when a person comes back, and the guest who was open", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  await window.user.type(screen.getByRole("textbox", { name: "Search guests" }), "ada");
  await window.user.click(screen.getByRole("button", { name: "Name" }));
  await waitFor(() =>
    expect(screen.getByRole("columnheader", { name: /Name/ }).getAttribute("aria-sort")).toBeTruthy(),
  );
  await window.user.click(screen.getByRole("link", { name: "Outbox" }));
  await screen.findByRole("heading", { name: "Outbox" });
  await window.user.click(screen.getByRole("link", { name: "Guests" }));
  expect(((await screen.findByRole("textbox", { name: "Search guests" })) as HTMLInputElement).value).toBe("ada");
  expect(screen.getByRole("columnheader", { name: /Name/ }).getAttribute("aria-sort")).toBe("ascending");
  expect(globalThis.window.location.hash).toBe(guestHref(id));
});
