import { screen, waitFor, within } from "@testing-library/react";
import { conversationHref, go, guestHref } from "../../src/routes";
import { chatOf, openLive, openRow, rowsOf } from "../live";
import { letItFallDue } from "../policy";
import {
  fillConnection,
  openFirstGuest,
  openWindow,
  playGuest,
  press,
  runNow,
  runScenarios,
  startChat,
} from "../window";

/** As many guests as each part of a screen needs to be drawn once. */
const few = { guests: 60 };

const hold = (guest: string, until: string | null) =>
  ({ guest, filter: null, reason: "Legal case 4711", owner: "ada", until }) as const;

/** Every screen, dialog and state that is looked at in a browser, and how it is come to. */
export const screens: Record<string, () => Promise<unknown>> = {
  guests: async () => openFirstGuest(await openWindow()),
  "guests on production": async () => {
    await openWindow("#/guests", { kind: "production", ...few });
    await screen.findByText("60 guests");
  },
  "recent chats of a live org": async () => {
    const window = await openLive();
    const { guest } = await chatOf(window, "Ada", ["hello"], "How can I help?");
    await press(window, "Read again");
    await openRow(window, "Recent chats", "Ada");
    await screen.findByText("First name");
    go(guestHref(guest, "conversations"));
    await screen.findByRole("list", { name: "Messages" });
  },
  "open conversations and one to read": async () => {
    const window = await openLive("#/conversations");
    const { conversation } = await chatOf(window, "Ada", ["hello"], "How can I help?");
    const lost = await chatOf(window, "Bert", ["hello"]);
    await window.org.orphan(lost.conversation);
    await press(window, "Read again");
    await screen.findByText(/\d+ open · \d+ unclear/);
    go(conversationHref(conversation));
    await screen.findByRole("list", { name: "Messages" });
  },
  "a search of conversations that asks first": async () => {
    const window = await openLive("#/conversations", few);
    // As many as make the screen ask, of which the org has none.
    window.core.alter("chatsPage", ({ toldSince, ...page }) => ({
      ...page,
      toldSince,
      next: null,
      chats: Array.from({ length: 300 }, (_, n) => ({
        id: `c-${n}`,
        state: "ended",
        startTime: toldSince,
        endTime: toldSince,
        guestId: null,
        queue: "Billing",
        agent: null,
      })),
    }));
    await window.user.click(await screen.findByRole("radio", { name: "Search" }));
    await window.user.type(screen.getByRole("textbox", { name: "Attribute" }), "OrderId");
    await window.user.clear(screen.getByRole("textbox", { name: /^Days back/ }));
    await window.user.type(screen.getByRole("textbox", { name: /^Days back/ }), "31");
    await press(window, "Search");
    await screen.findByRole("button", { name: /^Ask .* questions$/ });
  },
  "fields of a contact": async () => {
    const window = await openLive();
    await window.user.click(await screen.findByRole("radio", { name: "Contacts" }));
    const [first] = await rowsOf("Contacts");
    await window.user.click(first as HTMLElement);
    await window.user.type(await screen.findByRole("textbox", { name: "Total interactions" }), ".5");
    await screen.findByText("A whole number, such as 42.");
  },
  "staged changes": async () => {
    const window = await openWindow("#/guests", few);
    await openFirstGuest(window);
    await window.user.type(screen.getByRole("textbox", { name: "source" }), "!");
    await screen.findByRole("list", { name: "Staged changes" });
  },
  "a chat": async () => {
    const window = await openWindow("#/guests", few);
    const message = await startChat(window, "Ada", "ada@example.com");
    await window.user.type(message, "Hello?{Enter}");
    await screen.findByRole("listitem");
  },
  "starting a chat": async () => {
    const { user } = await openWindow("#/guests", few);
    await user.click(await screen.findByRole("button", { name: "Start a chat" }));
    await screen.findByRole("dialog", { name: "Start a chat" });
  },
  "starting a chat on a live org": async () => {
    const window = await openLive("#/guests", { kind: "test" });
    await press(window, "Start a chat");
    await screen.findByText(/This connection names no deployment/);
  },
  "a chat on a live org, by the org's ids": async () => {
    const window = await openLive("#/chat-lab");
    await chatOf(window, "Ada", ["hello"], "How can I help?");
    await screen.findByRole("group", { name: "Ids in the org" });
  },
  "an empty chat lab": async () => {
    await openWindow("#/chat-lab", few);
    await screen.findByText("No guest is played yet");
  },
  "playing a guest": async () => {
    const { user } = await openWindow("#/chat-lab", few);
    await user.click(await screen.findByRole("button", { name: "Play a guest" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Play a guest" }));
    await user.click(dialog.getByRole("button", { name: "Add attribute" }));
  },
  "two played guests, the other side and the frames": async () => {
    const window = await openWindow("#/chat-lab", few);
    await playGuest(window, "Grace", ["list", "form"]);
    await playGuest(window, "Ada", ["carousel", "date", "hello"]);
    await window.user.click(screen.getByRole("switch", { name: "Grace is online" }));
    await window.user.click(screen.getByRole("switch", { name: "Play the other side too" }));
    await window.user.click(screen.getByRole("button", { name: "Frames of Ada" }));
    await window.user.click((await screen.findAllByRole("button", { name: /SessionResponse/ }))[0] as HTMLElement);
    // What explained the button before goes as the pointer leaves it.
    await waitFor(() => {
      if (document.querySelector("[role=tooltip]")) throw new Error("a button is still explained");
    });
  },
  "a chat that has ended": async () => {
    const window = await openWindow("#/chat-lab", few);
    await playGuest(window, "Ada", ["hello"]);
    await window.core.labAct((await window.core.labOverview()).chats[0]?.id ?? "", "end");
    await screen.findByRole("button", { name: "Start again as a new guest…" });
  },
  "no scenario file": async () => {
    await openWindow("#/chat-lab/scenarios", few);
    await screen.findByText("No scenario file is open");
  },
  "scenarios that ran": async () => {
    const window = await openWindow("#/chat-lab/scenarios", few);
    await runScenarios(window);
  },
  "a scenario that failed": async () => {
    const window = await openWindow("#/chat-lab/scenarios", few);
    await runScenarios(window);
    await window.user.click(screen.getByRole("row", { name: /Failed/ }));
    await screen.findByRole("list", { name: "Steps" });
  },
  "an examined deployment": async () => {
    const { user } = await openWindow("#/chat-lab/scenarios", few);
    await user.click(await screen.findByRole("button", { name: "Check deployment" }));
    await screen.findByText("Takes guests");
  },
  "an empty outbox": async () => {
    await openWindow("#/outbox", few);
    await screen.findByText("Everything is delivered");
  },
  "an outbox that waits": async () => {
    const window = await openWindow("#/guests", few);
    const message = await startChat(window, "Ada", "ada@example.com");
    await window.core.setOnline(false);
    for (const text of ["one", "two", "three"]) await window.user.type(message, `${text}{Enter}`);
    await window.user.click(screen.getByRole("link", { name: "Outbox" }));
    await screen.findByRole("button", { name: "Discard message 3" });
  },
  "a run that has ended": async () => {
    await runNow(await openWindow("#/retention", few));
    await screen.findByText("Verified", { selector: "p" });
  },
  "a plan with its forecast": async () => {
    const { user } = await openWindow("#/retention", few);
    await user.click(await screen.findByRole("button", { name: "Preview plan" }));
    await user.click(await screen.findByRole("button", { name: "Look ahead" }));
    await screen.findByRole("button", { name: "Count again" });
    await screen.findByText("First to be deleted");
  },
  "a policy that asks": async () => {
    const window = await openWindow("#/retention", few);
    await letItFallDue(window, null);
    await screen.findByRole("button", { name: "Confirm policy…" });
  },
  "a policy being edited": async () => {
    const { user } = await openWindow("#/retention/edit", few);
    const form = within(await screen.findByRole("dialog", { name: "Retention policy Default" }));
    await user.click(form.getByRole("button", { name: "Add quiet hours" }));
    await user.type(form.getByRole("textbox", { name: "Guests a run, at most" }), "5");
    await form.findByRole("button", { name: "Save 2 changes" });
  },
  "a policy being confirmed": async () => {
    await openWindow("#/retention/confirm", few);
    await screen.findByRole("button", { name: /^Confirm with/ });
  },
  "a run being confirmed": async () => {
    const { user } = await openWindow("#/retention", { kind: "production", guests: 200 });
    await user.click(await screen.findByRole("button", { name: "Run now…" }));
    await screen.findByRole("textbox", { name: /^This is production/ });
  },
  "a certificate": async () => {
    const window = await openWindow("#/retention", few);
    await runNow(window);
    await window.user.click(await screen.findByRole("button", { name: "Certificate" }));
    await screen.findByText("Genuine");
  },
  holds: async () => {
    const { core, org, bridge } = await openWindow("#/guests", few);
    const [first, second] = await org.guests();
    const today = new Date().toISOString().slice(0, 10);
    await core.holdAdd(crypto.randomUUID(), hold(first?.id ?? "", today));
    await bridge.advance(86_400);
    await core.holdAdd(crypto.randomUUID(), hold(second?.id ?? "", null));
    window.location.hash = "#/retention/hold";
    await screen.findByText("Overdue");
  },
  "a guest on hold": async () => {
    const window = await openWindow("#/guests", few);
    const id = await openFirstGuest(window);
    await window.core.holdAdd(crypto.randomUUID(), hold(id, null));
    await screen.findByRole("status", { name: "On hold" });
  },
  "the audit log": async () => {
    const { core, org } = await openWindow("#/guests", few);
    const [guest] = await org.guests();
    await core.guestDelete(guest?.id ?? "", String(guest?.version ?? 0));
    window.location.hash = "#/activity/audit";
    await screen.findByText("Intact");
    await screen.findByText("Deleted a guest by hand.");
  },
  "a broken audit log": async () => {
    const { core } = await openWindow("#/guests", few);
    core.alter("auditVerify", (check) => ({ ...check, ok: false, line: 1, problem: "Line 1 was changed." }));
    window.location.hash = "#/activity/audit";
    await screen.findByRole("button", { name: "Set aside…" });
  },
  activity: async () => {
    const { user } = await openWindow("#/guests", few);
    await screen.findByText("60 guests");
    await user.click(screen.getByRole("link", { name: "Activity" }));
    await screen.findByRole("grid", { name: "Requests" });
  },
  settings: async () => {
    await openWindow("#/settings", { tray: true, second: true, ...few });
    await screen.findByRole("listitem", { name: "Support EU" });
  },
  "adding a connection": async () => {
    const { user } = await openWindow("#/settings", few);
    await user.click(await screen.findByRole("button", { name: "Add connection" }));
    await screen.findByRole("textbox", { name: "Connection name" });
  },
  "connecting to an org": async () => {
    await openWindow("#/settings/connect", { second: true, ...few });
    await screen.findByRole("table", { name: "What the client needs" });
  },
  "a sign-in that was refused": async () => {
    const window = await openWindow("#/settings/connect", { second: true, ...few });
    await fillConnection(window, { secret: "wrong" });
    await press(window, "Test and add");
    await screen.findByText(/The client secret is not the one of/);
  },
  "what a new connection may do": async () => {
    const window = await openWindow("#/settings/connect", { second: true, ...few });
    const permissions = ["externalContacts:contact:edit", "analytics:conversationDetail:view"];
    await window.other.client({ permissions, elsewhere: ["externalContacts:contact:view"] });
    await fillConnection(window);
    await press(window, "Test and add");
    await screen.findByRole("list", { name: "Permissions" });
  },
  "the palette": async () => {
    const { user } = await openWindow("#/guests", few);
    await screen.findByText("60 guests");
    await user.keyboard("{Control>}k{/Control}");
    await screen.findByRole("textbox", { name: "Find a guest or an action" });
  },
  "an org that does not answer": async () => {
    const { core, org } = await openWindow("#/guests", few);
    const [guest] = await org.guests();
    await screen.findByText("60 guests");
    await org.weather({ when: { path: "/api/*" }, do: "reset-before" });
    for (let n = 0; n < 3; n += 1) await core.guestOpen(guest?.id ?? "").catch(() => undefined);
    await screen.findByText(/The org does not answer · next try/);
  },
  "a folder that is held": async () => {
    await openWindow("#/guests", { folder: "locked" });
    await screen.findByRole("heading", { name: "Another Innkeeper has this data folder open" });
  },
};

/** Waits until nothing moves any more: what fades in has no contrast yet, and what slides stands elsewhere. */
export async function settled() {
  await waitFor(() => {
    const moving = document.getAnimations().filter(({ playState, effect }) => {
      const forever = effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY;
      return playState === "running" && !forever;
    });
    if (moving.length > 0) throw new Error("something still moves");
  });
}
