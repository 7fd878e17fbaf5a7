import { useSyncExternalStore } from "react";

export const screens = ["guests", "conversations", "chat-lab", "outbox", "retention", "activity", "settings"] as const;
export type ScreenName = (typeof screens)[number];
export type GuestTab = "attributes" | "conversations";

/** What lies open over a screen, or which half of it is shown. */
export type Part =
  | "holds"
  | "hold"
  | "edit"
  | "new"
  | "confirm"
  | "cancel"
  | "run"
  | "audit"
  | "export"
  | "scenarios"
  | "connect";

const parts: Partial<Record<ScreenName, Part[]>> = {
  "chat-lab": ["scenarios"],
  outbox: ["export"],
  retention: ["holds", "hold", "edit", "new", "confirm", "cancel", "run"],
  activity: ["audit"],
  settings: ["connect"],
};

/** Where the window is: a screen, its part, and what is open: a guest with a tab, or a conversation. Nothing secret ever stands
 * here. */
export type Route = {
  screen: ScreenName;
  guest: string | null;
  tab: GuestTab;
  conversation: string | null;
  part: Part | null;
};

/** In the place of a guest's id: what follows is a conversation. */
const CONVERSATION = "conversation";

export function parseRoute(hash: string): Route {
  const [screen, guest, tab] = hash.replace(/^#\/?/, "").split("/");
  const known = screens.find((name) => name === screen) ?? "guests";
  const conversation =
    known === "conversations" ? guest : known === "guests" && guest === CONVERSATION ? tab : undefined;
  return {
    screen: known,
    guest: known === "guests" && guest && guest !== CONVERSATION ? decode(guest) : null,
    conversation: conversation ? decode(conversation) : null,
    tab: tab === "conversations" ? "conversations" : "attributes",
    part: parts[known]?.find((name) => name === guest) ?? null,
  };
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export const screenHref = (screen: ScreenName) => `#/${screen}`;

export const retentionHref = (part: Part) => `#/retention/${part}`;

export const auditHref = "#/activity/audit";

/** Where the writer of a message is seen: a guest's conversations, or the chat lab for one whom the org does not name. */
export const writerHref = (guest: string | null) =>
  guest === null ? screenHref("chat-lab") : guestHref(guest, "conversations");

export const scenariosHref = "#/chat-lab/scenarios";

export const connectHref = "#/settings/connect";

export const exportHref = "#/outbox/export";

export function guestHref(id: string, tab: GuestTab = "attributes"): string {
  return `#/guests/${encodeURIComponent(id)}${tab === "conversations" ? "/conversations" : ""}`;
}

/** A conversation beside the list of guests: one without a contact. */
export const chatHref = (id: string) => `#/guests/${CONVERSATION}/${encodeURIComponent(id)}`;

/** A conversation on the screen of conversations. */
export const conversationHref = (id: string) => `#/conversations/${encodeURIComponent(id)}`;

/** Leads there at once. A fragment that is followed or set has the window's process asked first, which takes frames. */
export function go(href: string) {
  if (window.location.hash === href) return;
  try {
    window.history.pushState(null, "", href);
  } catch {
    // WebKit refuses more than a hundred within some seconds, as a key that is held makes them.
    window.location.hash = href;
    return;
  }
  window.dispatchEvent(new Event("hashchange"));
}

/** Links between the screens lead as {@link go} does. Returns how to stop. */
export function followLinks(): () => void {
  const follow = (event: MouseEvent) => {
    const other = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const href = event.target instanceof Element && event.target.closest("a[href^='#/']")?.getAttribute("href");
    if (event.defaultPrevented || other || !href) return;
    event.preventDefault();
    go(href);
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}

function subscribe(changed: () => void) {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}
