import { notifications } from "@mantine/notifications";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { inject, onTestFinished } from "vitest";
import { BridgeWindow, type WindowOptions } from "../dev/bridge";
import { App } from "../src/app";
import type { Core } from "../src/ipc/core";
import { createQueryClient, keys } from "../src/queries";
import { Org } from "./org";
import { type StubbedCore, stubbedCore } from "./stub";

type User = ReturnType<typeof userEvent.setup>;

export type TestWindow = {
  user: User;
  /** The real core, through the stub for failures. */
  core: StubbedCore;
  /** The org of the open connection, behind the console's back. */
  org: Org;
  /** The org of the other connection, which `second` stores. */
  other: Org;
  /** The bridge's side of it: its data folder, closing and opening it again, the person before it. */
  bridge: BridgeWindow;
};

/** Opens the page on a console of its own, with a data folder and an org that nobody else has; gone with the test. */
export async function openWindow(hash = "#/guests", options: WindowOptions = {}): Promise<TestWindow> {
  const bridge = await BridgeWindow.open(inject("bridge"), options);
  onTestFinished(() => bridge.end());
  bridge.install();
  const core = stubbedCore();
  const user = await show(core, hash);
  return { user, core, org: new Org(bridge, "main"), other: new Org(bridge, "other"), bridge };
}

/** The page as `main.tsx` opens it: at a start, or after a reload. */
export async function show(core: Core, hash: string): Promise<User> {
  cleanup();
  notifications.clean();
  window.location.hash = hash;
  const client = createQueryClient();
  client.setQueryData(keys.preferences, await core.preferences());
  render(<App core={core} client={client} />);
  await waitFor(() => {
    if (!document.querySelector("main")) throw new Error("the window is still empty");
  });
  return userEvent.setup();
}

/** Presses the button of this name once it is there and can be pressed: one that waits for an answer takes no press. */
export async function press({ user }: { user: User }, name: string | RegExp, getByRole = screen.getByRole) {
  const button = await waitFor(() => {
    const found = getByRole<HTMLButtonElement>("button", { name });
    if (found.disabled) throw new Error(`the button ${name} cannot be pressed yet`);
    return found;
  });
  await user.click(button);
}

/** Until no dialog is open. One that closes still stands there for a moment, and must not be taken for the next. */
export const noDialog = () =>
  waitFor(() => {
    if (screen.queryByRole("dialog")) throw new Error("a dialog is still open");
  });

/** The switch is off, as a person switches it, and the core has taken it. */
export async function goOffline({ user }: { user: User }) {
  await user.click(screen.getByRole("switch", { name: "Online" }));
  await waitFor(() => {
    const { checked } = screen.getByRole<HTMLInputElement>("switch", { name: "Online" });
    if (checked) throw new Error("the switch is still on");
  });
}

/** The rows of guests on the screen, without the header and without skeletons. */
export async function guestRows(): Promise<HTMLElement[]> {
  return waitFor(() => {
    const rows = within(screen.getByRole("grid", { name: "Guests" }))
      .getAllByRole("row")
      .slice(1)
      .filter((row) => row.getAttribute("aria-busy") !== "true");
    if (rows.length === 0) throw new Error("no guest is loaded yet");
    return rows;
  });
}

/** Opens the first guest of the table and waits for the panel. */
export async function openFirstGuest({ user }: { user: User }): Promise<string> {
  const [first] = await guestRows();
  if (!first) throw new Error("the table has no row");
  await user.click(first);
  await screen.findByRole("button", { name: "Check session" });
  return decodeURIComponent(window.location.hash.split("/")[2] ?? "");
}

/** Starts a chat by the modal and waits for the composer. */
export async function startChat({ user }: { user: User }, name: string, email: string) {
  await user.click(await screen.findByRole("button", { name: "Start a chat" }));
  const modal = await screen.findByRole("dialog", { name: "Start a chat" });
  await user.type(within(modal).getByRole("textbox", { name: "Name" }), name);
  await user.type(within(modal).getByRole("textbox", { name: "E-mail" }), email);
  await user.click(within(modal).getByRole("button", { name: "Start chat" }));
  return screen.findByRole("textbox", { name: "Message" });
}

/** Plays a guest of this name in the chat lab, who writes these messages one after the other; gives their chat. */
export async function playGuest(window: TestWindow, name: string, messages: string[] = []): Promise<HTMLElement> {
  await press(window, "Play a guest");
  const dialog = within(await screen.findByRole("dialog", { name: "Play a guest" }));
  await window.user.type(dialog.getByRole("textbox", { name: "Name" }), name);
  await window.user.click(dialog.getByRole("button", { name: "Start chat" }));
  const chat = await screen.findByRole("region", { name: `Chat of ${name}` });
  await waitFor(() => {
    if (chat.getAttribute("data-chat-state") !== "ready") throw new Error("the guest is not connected yet");
  });
  for (const [place, text] of messages.entries()) {
    await window.user.type(within(chat).getByRole("textbox", { name: `Message of ${name}` }), `${text}{Enter}`);
    await waitFor(async () => {
      const [, ...said] = (await rowsOf(window, name)).map(({ kind }) => kind).filter((kind) => kind !== "event");
      if (said.filter((kind) => kind !== "guest").length < place + 1) throw new Error("no answer has come yet");
    });
  }
  return chat;
}

/** What stands in the transcript of the guest's chat. */
async function rowsOf({ core }: TestWindow, name: string) {
  const { chats } = await core.labOverview();
  const chat = chats.find((one) => one.name === name);
  return chat === undefined ? [] : (await core.labTranscript(chat.id, 0, 100)).rows;
}

/** Opens the files of `tests/scenarios`: three scenarios, of which one fails at once and one is skipped, and a mistake. */
export async function openScenarios(window: TestWindow) {
  await window.bridge.person({ open: ["smoke.yaml", "broken.yaml"].map((name) => `${inject("scenarios")}/${name}`) });
  await press(window, "Open files…");
  await screen.findByText("Says what it knows");
}

/** The same, run to the end. */
export async function runScenarios(window: TestWindow) {
  await openScenarios(window);
  await press(window, "Run all");
  await screen.findByText("1 failed · 1 passed · 1 skipped · 1 file not run");
}

/** Run now, confirmed: the plan is made where there is none, and the question is answered with a start. */
export async function runNow({ user }: { user: User }) {
  await press({ user }, "Run now…");
  const modal = within(await screen.findByRole("dialog", { name: /^Delete \d+ guests\?$/ }));
  await press({ user }, "Start run", modal.getByRole);
}

/** Types into a field in the place of what is there. */
export async function put({ user }: TestWindow, field: HTMLElement, text: string) {
  await user.clear(field);
  await user.type(field, text);
}

/** Fills the form of a new connection for the second org, as one that speaks the vendor's API. */
export async function fillConnection(window: TestWindow, { secret = "demo" } = {}) {
  const { core, user } = window;
  const address = (await core.connectionsList()).find(({ name }) => name === "Support EU")?.environment ?? "";
  await put(window, await screen.findByLabelText("Connection name"), "Live");
  await put(window, screen.getByRole("combobox", { name: "Environment or base URL" }), address);
  await user.click(screen.getByRole("combobox", { name: "API of the org" }));
  await user.click(await screen.findByRole("option", { name: "Genesys Cloud" }));
  await put(window, screen.getByLabelText("Client id"), "demo");
  await put(window, screen.getByLabelText("Client secret"), secret);
}
