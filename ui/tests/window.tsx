import { notifications } from "@mantine/notifications";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App } from "../src/app";
import { type MockCore, mockCore } from "../src/ipc/mock";
import type { MockOptions } from "../src/ipc/mock-world";
import { createQueryClient, keys } from "../src/queries";

/** Noon of a fixed day, so that ages and words stay the same. */
const NOON = Date.parse("2026-11-22T12:00:00Z");

export type TestWindow = { core: MockCore; user: ReturnType<typeof userEvent.setup> };

/** Opens the window on a mock core, as `main.tsx` does on the real one. */
export async function openWindow(hash = "#/guests", options: MockOptions = {}): Promise<TestWindow> {
  notifications.clean();
  window.location.hash = hash;
  const core = mockCore({ guests: 250, pace: 1, now: NOON, ...options });
  const client = createQueryClient();
  client.setQueryData(keys.preferences, await core.preferences());
  render(<App core={core} client={client} />);
  const user = userEvent.setup();
  await waitFor(() => {
    if (!document.querySelector("main")) throw new Error("the window is still empty");
  });
  return { core, user };
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
export async function openFirstGuest({ user }: TestWindow): Promise<string> {
  const [first] = await guestRows();
  if (!first) throw new Error("the table has no row");
  await user.click(first);
  await screen.findByRole("button", { name: "Check session" });
  return decodeURIComponent(window.location.hash.split("/")[2] ?? "");
}

/** Starts a chat by the modal and waits for the composer. */
export async function startChat({ user }: TestWindow, name: string, email: string) {
  await user.click(await screen.findByRole("button", { name: "Start a chat" }));
  const modal = await screen.findByRole("dialog", { name: "Start a chat" });
  await user.type(within(modal).getByRole("textbox", { name: "Name" }), name);
  await user.type(within(modal).getByRole("textbox", { name: "E-mail" }), email);
  await user.click(within(modal).getByRole("button", { name: "Start chat" }));
  return screen.findByRole("textbox", { name: "Message" });
}

/** Run now, confirmed: the plan is made where there is none, and the question is answered with a start. */
export async function runNow({ user }: TestWindow) {
  await user.click(await screen.findByRole("button", { name: "Run now…" }));
  const modal = within(await screen.findByRole("dialog", { name: /^Delete \d+ guests\?$/ }));
  await user.click(modal.getByRole("button", { name: "Start run" }));
}
