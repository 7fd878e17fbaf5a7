import { spotlight } from "@mantine/spotlight";
import { screen, within } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { openLive } from "./live";
import { noDialog, openFirstGuest, openWindow, playGuest, runScenarios, startChat, type TestWindow } from "./window";

const few = { guests: 60 };

// It remembers that it is open over the end of a story.
afterEach(() => spotlight.close());

/** What a button of a screen does, under the name that the palette has for it. */
const IN_PALETTE: Record<string, string> = {
  "Start a chat": "Start a chat",
  "Record interaction": "Record interaction…",
  "Add attribute": "Add attribute",
  "Check session": "Check session",
  "Close the guest panel": "Close the guest panel",
  Export: "Export the outbox…",
  "Run now…": "Run the retention policy now…",
  "Preview plan": "Preview the plan of Default",
  "Look ahead": "Look ahead",
  "Confirm…": "Confirm the retention policy",
  "Play a guest": "Play a guest in the chat lab…",
  "Resume by token…": "Resume a chat by its token…",
  "Frames of Ada": "Frames of this chat",
  "Run all": "Run all scenarios",
  "Run failed (1)": "Run the failed scenarios",
  "Check deployment": "Check deployment",
  "Read again": "Read the conversations again",
  "Zoom in": "Zoom in",
  "Zoom out": "Zoom out",
  "100 %": "Zoom to 100 %",
};

/** Buttons that only make sense where they stand: a part of a form, a menu, a column, something that is copied. */
const BOUND = [
  /^More /,
  /^(Name|E-mail|Created|Last activity)/,
  /^Filter$/,
  /^Send/,
  /^(card|carousel|date|list|form|file|bye)$/,
  /^(Open|Save a report)$/,
  / at once, /,
  /^Copy/,
  /^(Edit|Test|Use|Remove|Add connection|Open the gateway)/,
  /^Who is spared/,
  /^Check again$/,
  /^All conversations/,
  /^Why\?$/,
  /^Show the session token$/,
  /^Toggle password visibility$/,
];

const screens: Record<string, () => Promise<TestWindow>> = {
  "a guest": async () => {
    const window = await openWindow("#/guests", few);
    await openFirstGuest(window);
    return window;
  },
  outbox: async () => {
    const window = await openWindow("#/guests", few);
    const message = await startChat(window, "Ada", "ada@example.com");
    await window.core.setOnline(false);
    await window.user.type(message, "one{Enter}");
    await window.user.click(screen.getByRole("link", { name: "Outbox" }));
    await screen.findByRole("button", { name: "Discard message 1" });
    return window;
  },
  conversations: async () => {
    const window = await openLive("#/conversations");
    await screen.findByText(/ open · /);
    return window;
  },
  "chat lab": async () => {
    const window = await openWindow("#/chat-lab", few);
    await playGuest(window, "Ada", ["hello"]);
    return window;
  },
  scenarios: async () => {
    const window = await openWindow("#/chat-lab/scenarios", few);
    await runScenarios(window);
    return window;
  },
  retention: async () => {
    const window = await openWindow("#/retention", few);
    await screen.findByRole("button", { name: "Preview plan" });
    return window;
  },
  settings: async () => {
    const window = await openWindow("#/settings", few);
    await screen.findByRole("button", { name: "Add connection" });
    return window;
  },
};

/** The buttons of the screen that belong to no row, no item of a list and no form. */
function buttons(): string[] {
  const found = within(screen.getByRole("main")).getAllByRole("button");
  const alone = found.filter((button) => button.closest("[role=row], li, [role=radiogroup]") === null);
  return alone.map((button) => button.getAttribute("aria-label") ?? button.textContent ?? "").filter(Boolean);
}

describe("what a screen can do stands in the palette", () => {
  test.each(Object.keys(screens))("%s", async (name) => {
    const { user } = (await screens[name]?.()) ?? {};
    if (!user) throw new Error("the table has it");
    const missing = buttons().filter((label) => !(label in IN_PALETTE) && !BOUND.some((bound) => bound.test(label)));
    expect(missing).toEqual([]);
    const wanted = buttons().flatMap((label) => IN_PALETTE[label] ?? []);
    await user.keyboard("{Control>}k{/Control}");
    await screen.findByRole("textbox", { name: "Find a guest or an action" });
    const listed = within(screen.getByRole("dialog"))
      .getAllByRole("button")
      .map((action) => action.textContent ?? "");
    for (const label of wanted) {
      expect(
        listed.some((action) => action.startsWith(label)),
        `${label} in ${listed.join(", ")}`,
      ).toBe(true);
    }
  });
});

test("the palette exports the outbox and asks about a run from any screen", async () => {
  const { user } = await openWindow("#/settings", few);
  await screen.findByRole("button", { name: "Add connection" });
  for (const [typed, dialog] of [
    ["export the", "Export the outbox"],
    ["run the retention", /^Delete \d+ guests?\?$/],
  ] as const) {
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("textbox", { name: "Find a guest or an action" }), `${typed}{Enter}`);
    await screen.findByRole("dialog", { name: dialog });
    await user.keyboard("{Escape}");
    await noDialog();
  }
});
