import type { MantineColor } from "@mantine/core";
import type { AuthorView, ChatStateView, GuestKindView } from "../ipc/bindings";

/** The states of a conversation in words: the only place where they get them. */
export const chatStates: Record<
  ChatStateView,
  {
    name: string;
    color: MantineColor;
    meaning: string;
    /** What a person should think of at once. */
    hint?: string;
  }
> = {
  open: { name: "Open", color: "teal.6", meaning: "The org confirms that the guest is still there." },
  ended: { name: "Ended", color: "gray.5", meaning: "It takes no more messages." },
  // vendor-fact: analytics-leaves-open
  unclear: {
    name: "Unclear",
    color: "yellow.6",
    hint: "perhaps over",
    meaning: "It has no end, and the org does not confirm that it goes on. Some stay without an end for good.",
  },
  notAsked: {
    name: "No end yet",
    color: "gray.4",
    meaning: "No end is known. Whether the guest is still there was not asked yet.",
  },
};

/** Who wrote or ended something. */
export const authors: Record<AuthorView, string> = {
  guest: "Guest",
  bot: "Bot",
  agent: "Agent",
  system: "System",
};

/** How an org came to know a guest, and what becomes of them. */
export const kinds: Record<GuestKindView, { name: string; meaning: string }> = {
  curated: { name: "Curated", meaning: "Kept until a person or a program deletes it." },
  identified: {
    name: "Identified",
    // vendor-fact: contact-kinds, contact-expiry
    meaning: "The org made this contact by itself. It expires 60 days after the last interaction.",
  },
  ephemeral: {
    name: "Ephemeral",
    // vendor-fact: contact-kinds, contact-expiry
    meaning:
      "The org made this contact by itself, for an unknown visitor. It expires 60 days after the last interaction.",
  },
};
