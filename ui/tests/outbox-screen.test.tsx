import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { expect, test } from "vitest";
import type { EntryState, EntryView } from "../src/ipc/bindings";
import { CoreFailure } from "../src/ipc/core";
import type { MockCore } from "../src/ipc/mock";
import { type MockWindow, openMockWindow } from "./window";

const AT = "2026-11-22T11:58:00Z";

function entry(
  core: MockCore,
  guest: number,
  seq: number,
  state: EntryState,
  text = `text ${guest}.${seq}`,
): EntryView {
  return {
    id: `m-${guest}-${seq}`,
    conversationId: `c-${String(guest).padStart(5, "0")}`,
    guestId: [...core.world.guests.keys()][guest] ?? "",
    seq,
    text,
    writtenAt: AT,
    state,
    until: state === "waiting" ? "2026-11-22T12:00:20Z" : null,
    why: state === "dead" ? "400: the org refuses the text" : state === "waiting" ? "connection refused" : null,
    attempts: state === "queued" ? 0 : 2,
    deliveredAt: null,
  };
}

/** Offline, with one conversation that waits, one with two dead and one waiting, one uncertain. */
async function withThreeConversations(): Promise<MockWindow> {
  const window = await openMockWindow();
  const { core } = window;
  core.world.status.online.switchedOn = false;
  core.world.entries = [
    entry(core, 0, 1, "waiting"),
    entry(core, 0, 2, "queued"),
    entry(core, 1, 1, "dead"),
    entry(core, 1, 2, "dead"),
    entry(core, 1, 3, "queued"),
    entry(core, 2, 1, "uncertain"),
  ];
  core.publish("outbox");
  await window.user.click(screen.getByRole("link", { name: "Outbox" }));
  await entries(6);
  return window;
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

const lanes = () =>
  within(screen.getByRole("grid", { name: "Conversations" }))
    .getAllByRole("row")
    .slice(1);

async function choose({ user }: MockWindow, place: number) {
  const row = lanes()[place];
  if (!row) throw new Error("no such conversation");
  await user.click(row);
  await screen.findByRole("button", { name: "Show all conversations" });
}

test("conversations stand with where they stand, how much they hold and their oldest message", async () => {
  await withThreeConversations();
  const words = lanes().map((row) => row.textContent ?? "");
  expect(words[0]).toMatch(/Waiting.*2/);
  expect(words[1]).toMatch(/Queued.*1 · 2 refused/);
  expect(words[2]).toMatch(/Uncertain.*1/);
});

test("the states filter messages and conversations, and show how many there are", async () => {
  const { user } = await withThreeConversations();
  await user.click(screen.getByRole("radio", { name: "Refused 2" }));
  const dead = await entries(2);
  expect(dead.map((item) => item.dataset.state)).toEqual(["dead", "dead"]);
  expect(within(dead[0] as HTMLElement).getByText("400: the org refuses the text")).toBeTruthy();
  expect(lanes()).toHaveLength(1);
  await user.click(screen.getByRole("radio", { name: "All 6" }));
  await entries(6);
});

test("a conversation is found by a part of an id and shows its messages alone", async () => {
  const window = await withThreeConversations();
  const { user } = window;
  await user.type(screen.getByRole("textbox", { name: "Find a conversation or guest by id" }), "00002");
  await waitFor(() => expect(lanes()).toHaveLength(1));
  await choose(window, 0);
  await entries(1);
  await user.click(screen.getByRole("button", { name: "Show all conversations" }));
  await entries(6);
});

test("all refused ones of a conversation are discarded at once, and the undo brings them back", async () => {
  const window = await withThreeConversations();
  const { user, core } = window;
  await choose(window, 1);
  await user.click(await screen.findByRole("button", { name: "Discard 2 refused messages" }));
  await screen.findByText("2 refused messages discarded");
  expect(screen.getByText("2 messages in time.")).toBeTruthy();
  await entries(1);
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await entries(3);
  expect(core.world.entries.filter((other) => other.state === "dead")).toHaveLength(2);
});

test("a refused message goes again, and says that it was in time", async () => {
  const window = await withThreeConversations();
  await choose(window, 1);
  await entries(3);
  await window.user.click(screen.getByRole("button", { name: "Retry message 1" }));
  expect(await screen.findByText("Sent again")).toBeTruthy();
  expect(window.core.world.entries[2]?.state).toBe("queued");
});

test("what may have been sent cannot be edited; a long text opens in its place", async () => {
  const { user, core } = await withThreeConversations();
  const uncertain = shown()[5] as HTMLElement;
  expect(within(uncertain).getByRole("button", { name: "Edit message 1" }).hasAttribute("disabled")).toBe(true);
  const text = within(uncertain).getByRole("button", { name: "text 2.1" });
  expect(text.getAttribute("aria-expanded")).toBe("false");
  await user.click(text);
  await waitFor(() => expect(text.getAttribute("aria-expanded")).toBe("true"));
  expect(core.world.entries[5]?.state).toBe("uncertain");
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

test("of a hundred thousand messages only those on the screen are asked for and drawn", async () => {
  const { core, user } = await openMockWindow();
  core.world.status.online.switchedOn = false;
  core.world.entries = Array.from({ length: 100_000 }, (_, place) =>
    entry(core, Math.floor(place / 10), (place % 10) + 1, "queued"),
  );
  const asked: [number, number][] = [];
  const real = core.outboxPage;
  core.outboxPage = (query, offset, limit) => {
    asked.push([offset, limit]);
    return real(query, offset, limit);
  };
  core.publish("outbox");
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  await waitFor(() => expect(shown().length).toBeGreaterThan(5));
  expect(shown().length).toBeLessThan(60);
  expect(asked.every(([offset, limit]) => offset === 0 && limit === 100)).toBe(true);
  expect(screen.getByRole("radio", { name: "All 100,000" })).toBeTruthy();
});

test("an org that does not answer is told calmly, with the next try", async () => {
  const { core } = await openMockWindow();
  core.world.status.online = {
    switchedOn: true,
    reachable: false,
    answering: false,
    nextTry: new Date(Date.now() + 14_500).toISOString(),
  };
  core.publish();
  expect(await screen.findByText(/The org does not answer · next try/)).toBeTruthy();
  expect(screen.getByText("No answer")).toBeTruthy();
});

test("a damaged store is told above every screen until it is read", async () => {
  const { core, user } = await openMockWindow();
  core.world.status.notices = [
    {
      id: "damage",
      title: "The data folder was damaged",
      message: "3 changes could not be read and are lost; everything else is in its place.",
      paths: ["/data/store.damaged"],
    },
  ];
  core.publish();
  await screen.findByText("The data folder was damaged");
  await user.click(screen.getByRole("link", { name: "Outbox" }));
  expect(screen.getByText(/3 changes could not be read/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "I have read this" }));
  await waitFor(() => expect(screen.queryByText("The data folder was damaged")).toBeNull());
});

test.each(["light", "dark"])("axe finds nothing, %s", async (scheme) => {
  const window = await withThreeConversations();
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
  await choose(window, 1);
  await entries(3);
  // Contrast needs a real drawing; it is looked at in a browser.
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
});

test("a guest whose name is read while the outbox is on the screen is called by it", async () => {
  const { core } = await openMockWindow("#/outbox");
  const asked = { search: "", filter: null, sort: "modifiedTime", descending: true, page: 1 } as const;
  const page = await core.guestsPage(asked);
  const { id = "", name = "" } = page.guests[0] ?? {};
  let answer = () => {};
  core.guestsPage = () =>
    new Promise((resolve) => {
      answer = () => resolve(page);
    });
  core.world.entries = [{ ...entry(core, 0, 1, "waiting"), guestId: id }];
  core.publish("outbox");
  window.location.hash = "#/guests";
  await screen.findByRole("grid", { name: "Guests" });
  window.location.hash = "#/outbox";
  await entries(1);
  expect(screen.queryByText(name)).toBeNull();
  answer();
  expect(await screen.findAllByText(name)).toHaveLength(2);
});

test("what is under way for several messages is told at each of them", async () => {
  const { user, core } = await withThreeConversations();
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
  core.outboxRetryLane = (_, outOfOrder) => answer("all", outOfOrder, { changed: 2, late: 0, perhapsSent: 0, at: AT });
  const press = async (name: string) => {
    const question = await screen.findByRole("dialog", { name: "Send it out of order?" });
    await user.click(within(question).getByRole("button", { name }));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Send it out of order?" })).toBeNull());
  };
  await choose(window, 1);
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
  await waitFor(() => expect(asked.at(-1)).toEqual(["text 1.1!", true]));
  expect(screen.queryByText("Later messages were sent already")).toBeNull();
});
