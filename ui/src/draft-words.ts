import type { KnownDraft } from "./draft-bodies";
import type { Draft } from "./drafts";
import { countOf, shortId } from "./format";
import { shown } from "./parts/shown";
import { conversationHref, guestHref, retentionHref, screenHref } from "./routes";
import { meaning, words } from "./screens/guests/staging";

/** What a draft is, where it leads and what was typed, in words. */
export type DraftWords = {
  /** `2 staged changes`. */
  what: string;
  /** What was typed, a line each. */
  lines: string[];
  href: string;
  /** What has to be open there, by the name of its place. */
  place?: [name: string, value: unknown];
};

/** The name under which a guest's dialogs are opened. */
export const guestDialog = (guest: string) => `dialog of ${guest}`;

/** Which conversation of a guest is shown. */
export const shownConversation = (guest: string) => `conversation of ${guest}`;

const written = (texts: string[]) => texts.filter((text) => text !== "");

export function draftWords(kept: Draft): DraftWords {
  const draft = kept as KnownDraft;
  switch (draft.kind) {
    case "attributes":
      return {
        what: countOf(draft.body.length, "staged change"),
        lines: draft.body.map(([key, staged]) => {
          const after = meaning(staged);
          return `${key}: ${words(staged.before)} → ${"problem" in after ? staged.typed : words(after.boxed)}`;
        }),
        href: guestHref(draft.id),
      };
    case "newAttribute":
      return {
        what: "an attribute that is not added yet",
        lines: [`${draft.body.key}: ${draft.body.typed}`],
        href: guestHref(draft.id),
      };
    case "conversationAttributes": {
      const { guest, changes } = draft.body;
      return {
        what: `${countOf(changes.length, "staged change")} of a conversation`,
        lines: changes.map(([key, { before, after }]) => `${key}: ${before ?? "absent"} → ${after}`),
        ...(guest === null
          ? { href: conversationHref(draft.id) }
          : {
              href: guestHref(guest, "conversations"),
              place: [shownConversation(guest), draft.id] as [string, unknown],
            }),
      };
    }
    case "interaction":
      return {
        what: "an interaction that is not recorded yet",
        lines: [`${draft.body.by} × ${draft.body.interaction}`],
        href: guestHref(draft.id),
        place: [guestDialog(draft.id), "interaction"],
      };
    case "message":
      return {
        what: "a message that is not sent",
        lines: written([draft.body.text, ...draft.body.refused.map(({ text }) => text)]),
        href: guestHref(draft.body.guest, "conversations"),
        place: [shownConversation(draft.body.guest), draft.id],
      };
    case "chat":
      return {
        what: "a chat that is not started",
        lines: written([
          written([draft.body.name, draft.body.email]).join(", "),
          ...draft.body.attributes.map(({ key, value }) => `${key}: ${value}`),
        ]),
        href: screenHref("guests"),
        place: ["chatting", true],
      };
    case "labMessage":
      return {
        what: "a message of the chat lab that is not sent",
        lines: [draft.body.text],
        href: screenHref("chat-lab"),
        place: ["lab chat", draft.id],
      };
    case "labChat":
      return {
        what: "a guest of the chat lab who is not played yet",
        lines: written([
          written([draft.body.name, draft.body.email]).join(", "),
          ...draft.body.attributes.map(({ key, value }) => `${key}: ${value}`),
        ]),
        href: screenHref("chat-lab"),
        place: ["lab dialog", { kind: "start" }],
      };
    case "outboxEdit":
      return {
        what: "a changed text that is not saved",
        lines: [draft.body.text],
        href: screenHref("outbox"),
        place: ["edited entry", draft.body.entry],
      };
    case "policy": {
      const { draft: policy, typed } = draft.body;
      return {
        what: draft.id === "new" ? "a new policy that is not added" : "changes that are not saved",
        lines: [
          `${policy.name || "No name yet"}: ${typed.days} days, ${policy.cron} (${policy.zone})`,
          ...(policy.what.filter ? [policy.what.filter] : []),
        ],
        href: retentionHref(draft.id === "new" ? "new" : "edit"),
        ...(draft.id === "new" ? {} : { place: ["policy", draft.id] as [string, unknown] }),
      };
    }
    case "hold":
      return {
        what: "a hold that is not put on",
        lines: written([draft.id === "" ? draft.body.who : "", draft.body.reason, draft.body.until]),
        ...(draft.id === ""
          ? { href: retentionHref("hold") }
          : { href: guestHref(draft.id), place: [guestDialog(draft.id), "hold"] as [string, unknown] }),
      };
    case "connection":
      return {
        what: "a connection that is not added (its secret is not kept)",
        lines: [written([draft.body.name, draft.body.place, draft.body.clientId]).join(", ")],
        href: screenHref("settings"),
      };
  }
}

/** `Ada Lovelace: 2 staged changes`. */
export const draftLine = (draft: Draft) =>
  `${draft.title ? shown(draft.title) : shortId(draft.id)}: ${draftWords(draft).what}`;
