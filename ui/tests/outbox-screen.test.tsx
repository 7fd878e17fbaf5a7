import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { type Core, CoreFailure } from "../src/ipc/core";
import { openWindow, type TestWindow } from "./window";

const ALL = { group: null, conversationId: null };

/** A chat that is started behind the page; gives what says something in it. */
async function chat(core: Core, name: string) {
  const start = { guestId: crypto.randomUUID(), name, email: null, attributes: {} };
  const { conversationId } = await core.chatStart(start);
  const say = (text: string) => core.chatSay(crypto.randomUUID(), conversationId, text);
  return { ...start, conversationId, say };
}

/** The states of all that is held, by their texts. */
async function held(core: Core): Promise<Record<string, string>> {
  const { entries } = await core.outboxPage(ALL, 0, 100);
  return Object.fromEntries(entries.map(({ text, state }) => [text, state]));
}

/** Offline, with one conversation that waits, one with two dead and one waiting, one uncertain. */
async function withThreeConversations() {
  const window = await openWindow("#/guests", { guests: 5 });
  const { core, org, user } = window;
  const [ada, bert, cleo] = [await chat(core, "Ada"), await chat(core, "Bert"), await chat(core, "Cleo")];
  await org.closeConversation(bert.conversationId);
  for (const text of ["bert 1", "bert 2"]) await bert.say(text);
  await waitFor(async () => expect(await held(core)).toEqual({ "bert 1": "dead", "bert 2": "dead" }));
  await org.weather({ when: { method: "POST", path: "*messages*" }, do: "reset-after" });
  await cleo.say("cleo 1");
  await waitFor(async () => expect(await held(core)).toMatchObject({ "cleo 1": "uncertain" }));
  // While it is online: offline the list of guests stands as it was read last, and nobody of them has a name.
  await screen.findByText("8 guests");
  await core.setOnline(false);
  for (const text of ["ada 1", "ada 2"]) await ada.say(text);
  await bert.say("bert 3");
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  await entries(6);
  await screen.findByRole("radio", { name: "All 6" });
  for (const name of ["Ada", "Bert", "Cleo"]) await lane(name);
  return { ...window, cleo };
}

const shown = () =>
  within(screen.getByRole("list", { name: "Messages not yet delivered" }))
    .getAllByRole("listitem")
    .filter((item) => item.hasAttribute("data-state"));

const entries = (many: number) =>
  waitFor(() => {
    expect(shown()).toHaveLength(many);
    return shown();
  });

const lanes = (many: number) =>
  waitFor(() => {
    const rows = within(screen.getByRole("grid", { name: "Conversations" }))
      .getAllByRole("row")
      .slice(1);
    expect(rows).toHaveLength(many);
    return rows;
  });

/** The conversation of a guest, once the list has it. */
const lane = (name: string) =>
  waitFor(() => {
    const rows = within(screen.getByRole("grid", { name: "Conversations" })).getAllByRole("row");
    const found = rows.find((row) => row.textContent?.includes(name));
    if (!found) throw new Error(`no conversation of ${name}`);
    return found;
  });

/** The line of a message, once the list has it. */
const line = (text: string) =>
  waitFor(() => {
    const found = shown().find((item) => item.textContent?.includes(text));
    if (!found) throw new Error(`no message "${text}"`);
    return within(found);
  });

async function choose({ user }: TestWindow, name: string) {
  await user.click(await lane(name));
  await screen.findByRole("button", { name: "Show all conversations" });
}

test("conversations stand with where they stand, how much they hold and their oldest message", async () => {
  await withThreeConversations();
  expect((await lane("Ada")).textContent).toMatch(/Queued2/);
  expect((await lane("Bert")).textContent).toMatch(/Queued1 · 2 refused/);
  expect((await lane("Cleo")).textContent).toMatch(/Uncertain.*1/);
});

test("the states filter messages and conversations, and show how many there are", async () => {
  const { user } = await withThreeConversations();
  await user.click(screen.getByRole("radio", { name: "Refused 2" }));
  const dead = await entries(2);
  expect(dead.map((item) => item.dataset.state)).toEqual(["dead", "dead"]);
  expect(within(dead[0] as HTMLElement).getByText(/The conversation is closed/)).toBeTruthy();
  await lanes(1);
  await user.click(screen.getByRole("radio", { name: "All 6" }));
  await entries(6);
});

test("a conversation is found by a part of an id and shows its messages alone", async () => {
  const window = await withThreeConversations();
  const { user, cleo } = window;
  const part = cleo.conversationId.slice(0, 8);
  await user.type(screen.getByRole("textbox", { name: "Find a conversation or guest by id" }), part);
  await lanes(1);
  await choose(window, "Cleo");
  await entries(1);
  await user.click(screen.getByRole("button", { name: "Show all conversations" }));
  await entries(6);
});

test("all refused ones of a conversation are discarded at once, and the undo brings them back", async () => {
  const window = await withThreeConversations();
  const { user, core } = window;
  await choose(window, "Bert");
  await user.click(await screen.findByRole("button", { name: "Discard 2 refused messages" }));
  await screen.findByText("2 refused messages discarded");
  expect(screen.getByText("2 messages in time.")).toBeTruthy();
  await entries(1);
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await entries(3);
  expect(await held(core)).toMatchObject({ "bert 1": "dead", "bert 2": "dead", "bert 3": "queued" });
});

test("a refused message goes again, and says that it was in time", async () => {
  const window = await withThreeConversations();
  await choose(window, "Bert");
  await entries(3);
  await window.user.click(screen.getByRole("button", { name: "Retry message 1" }));
  expect(await screen.findByText("Sent again")).toBeTruthy();
  expect(await held(window.core)).toMatchObject({ "bert 1": "queued", "bert 2": "dead" });
});

test("what may have been sent cannot be edited; a long text opens in its place", async () => {
  const { user, core } = await withThreeConversations();
  expect((await line("cleo 1")).getByRole("button", { name: "Edit message 1" }).hasAttribute("disabled")).toBe(true);
  const text = (await line("cleo 1")).getByRole("button", { name: "cleo 1" });
  expect(text.getAttribute("aria-expanded")).toBe("false");
  await user.click(text);
  await waitFor(() => expect(text.getAttribute("aria-expanded")).toBe("true"));
  expect(await held(core)).toMatchObject({ "cleo 1": "uncertain" });
});

test("an export names what it holds and never replaces a file", async () => {
  const { user } = await withThreeConversations();
  await user.click(screen.getByRole("button", { name: "Export" }));
  const modal = within(await screen.findByRole("dialog", { name: "Export the outbox" }));
  expect(modal.getByText("with the texts that guests wrote")).toBeTruthy();
  await user.click(modal.getByRole("button", { name: "Write the file" }));
  expect(await modal.findByText("6 messages written.")).toBeTruthy();
  await user.click(modal.getByRole("button", { name: "Write the file" }));
  expect(await modal.findByText(/exists already; nothing was written$/)).toBeTruthy();
});

test("of hundreds of messages only those on the screen are asked for and drawn", async () => {
  const { core, user } = await openWindow("#/guests", { guests: 5 });
  const ada = await chat(core, "Ada");
  await core.setOnline(false);
  await Promise.all(Array.from({ length: 300 }, (_, place) => ada.say(`text ${place}`)));
  const asked: [number, number][] = [];
  const real = core.outboxPage;
  core.outboxPage = (query, offset, limit) => {
    asked.push([offset, limit]);
    return real(query, offset, limit);
  };
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  await waitFor(() => expect(shown().length).toBeGreaterThan(5));
  expect(shown().length).toBeLessThan(60);
  expect(asked.every(([offset, limit]) => offset === 0 && limit === 100)).toBe(true);
  expect(await screen.findByRole("radio", { name: "All 300" })).toBeTruthy();
});

test("an org that does not answer is told calmly, with the next try", async () => {
  const { core, org } = await openWindow();
  const [guest] = await org.guests();
  await screen.findByText("250 guests");
  await org.weather({ when: { path: "/api/*" }, do: "reset-before" });
  for (let n = 0; n < 3; n += 1) await expect(core.guestOpen(guest?.id ?? "")).rejects.toThrow();
  expect(await screen.findByText(/The org does not answer · next try/)).toBeTruthy();
  expect(screen.getByText("No answer")).toBeTruthy();
});

test("a damaged store is told above every screen until it is read", async () => {
  const { core, user } = await openWindow();
  await screen.findByText("250 guests");
  core.tell({
    notices: [
      {
        id: "damage",
        title: "The data folder was damaged",
        message: "3 changes could not be read and are lost; everything else is in its place.",
        paths: ["/data/store.damaged"],
      },
    ],
  });
  await screen.findByText("The data folder was damaged");
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  expect(screen.getByText(/3 changes could not be read/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "I have read this" }));
  await waitFor(() => expect(screen.queryByText("The data folder was damaged")).toBeNull());
});

test("a guest whose name is read while the outbox is on the screen is called by it", async () => {
  const { core, org } = await openWindow("#/outbox", { guests: 5 });
  const ada = await chat(core, "Ada");
  await org.weather({ when: { method: "POST", path: "*messages*" }, do: "503" });
  await ada.say("text");
  await entries(1);
  const letGo = core.holdBack("guestsPage");
  window.location.hash = "#/guests";
  await screen.findByRole("grid", { name: "Guests" });
  window.location.hash = "#/outbox";
  await entries(1);
  expect(screen.queryByText("Ada")).toBeNull();
  letGo();
  expect(await screen.findAllByText("Ada")).toHaveLength(2);
});

test("what is under way for several messages is told at each of them", async () => {
  const window = await withThreeConversations();
  const { user, core } = window;
  await choose(window, "Bert");
  await entries(3);
  const answers: (() => void)[] = [];
  core.outboxRetry = () => new Promise((resolve) => answers.push(() => resolve({ inTime: true, perhapsSent: false })));
  const sends = () => screen.getAllByRole<HTMLButtonElement>("button", { name: "Retry message 1" });
  const second = () => screen.getByRole<HTMLButtonElement>("button", { name: "Retry message 2" });
  await user.click(sends()[0] as HTMLButtonElement);
  await user.click(second());
  await waitFor(() => expect([sends()[0]?.disabled, second().disabled]).toEqual([true, true]));
  answers[0]?.();
  await waitFor(() => expect([sends()[0]?.disabled, second().disabled]).toEqual([false, true]));
  answers[1]?.();
  await waitFor(() => expect(second().disabled).toBe(false));
});

const outOfOrderFailure = new CoreFailure({
  code: "out_of_order",
  message: "Nothing was changed: later messages of its conversation were sent already.",
  next: "",
  fields: [],
  retryAfterMs: null,
  correlationId: null,
});

test("a refused message that later ones overtook goes only after a question about the order", async () => {
  const window = await withThreeConversations();
  const { user, core } = window;
  const asked: [string, boolean][] = [];
  async function answer<Answer>(what: string, outOfOrder: boolean, yes: Answer): Promise<Answer> {
    asked.push([what, outOfOrder]);
    if (!outOfOrder) throw outOfOrderFailure;
    return yes;
  }
  const one = { inTime: true, perhapsSent: false };
  core.outboxRetry = (_, outOfOrder) => answer("retry", outOfOrder, one);
  core.outboxEdit = (_, text, outOfOrder) => answer(text, outOfOrder, one);
  core.outboxRetryLane = (_, outOfOrder) =>
    answer("all", outOfOrder, { changed: 2, late: 0, perhapsSent: 0, at: new Date().toISOString() });
  const press = async (name: string) => {
    const question = await screen.findByRole("dialog", { name: "Send it out of order?" });
    await user.click(within(question).getByRole("button", { name }));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Send it out of order?" })).toBeNull());
  };
  await choose(window, "Bert");
  await entries(3);
  const click = (name: string) => user.click(screen.getByRole("button", { name }));

  await click("Retry message 1");
  await press("Cancel");
  expect(asked).toEqual([["retry", false]]);
  await click("Retry message 1");
  await press("Send out of order");
  await waitFor(() => expect(asked.at(-1)).toEqual(["retry", true]));
  await click("Retry all");
  await press("Send out of order");
  await waitFor(() => expect(asked.at(-1)).toEqual(["all", true]));
  await click("Edit message 1");
  const edit = await screen.findByRole("dialog", { name: "Edit message 1" });
  await user.type(within(edit).getByRole("textbox", { name: "Text of the message" }), "!");
  await user.click(within(edit).getByRole("button", { name: "Save message" }));
  await press("Send out of order");
  await waitFor(() => expect(asked.at(-1)).toEqual(["bert 1!", true]));
  expect(screen.queryByText("Later messages were sent already")).toBeNull();
});
