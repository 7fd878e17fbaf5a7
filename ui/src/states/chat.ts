import type { MantineColor } from "@mantine/core";
import {
  type Icon,
  IconAlertTriangle,
  IconArrowBackUp,
  IconCheck,
  IconClock,
  IconQuestionMark,
  IconSend,
} from "@tabler/icons-react";
import type { LabChatState, LabChatView, LabDelivery, LabRowKind } from "../ipc/bindings";

/** Where a chat stands; the core tells what happened and what it means for the guest (`words`). */
export const chatStates: Record<LabChatState, { name: string; color: MantineColor; writable: boolean; over: boolean }> =
  {
    connecting: { name: "Connecting", color: "gray.5", writable: true, over: false },
    ready: { name: "Connected", color: "teal.6", writable: true, over: false },
    readOnly: { name: "Read-only", color: "yellow.6", writable: false, over: false },
    reconnecting: { name: "Reconnecting", color: "orange.6", writable: true, over: false },
    offline: { name: "Offline", color: "orange.6", writable: true, over: false },
    ended: { name: "Ended", color: "gray.5", writable: false, over: true },
  };

/** What a guest is called who was given no name. */
export const chatName = ({ name, email }: LabChatView): string => name || email || "Anonymous guest";

/** The chats under names that differ: the second of a name is called so. */
export function numbered(chats: LabChatView[]): LabChatView[] {
  const many = new Map<string, number>();
  return chats.map((chat) => {
    const name = chatName(chat);
    const place = (many.get(name) ?? 0) + 1;
    many.set(name, place);
    return place === 1 ? chat : { ...chat, name: `${name} (${place})` };
  });
}

type DeliveryMeta = {
  words: string;
  icon: Icon;
  ink: string;
};

/** How far a guest's message came: the only place where that gets its words. */
export const deliveries: Record<LabDelivery, DeliveryMeta> = {
  waiting: { words: "Waits to be sent", icon: IconClock, ink: "dimmed" },
  sent: { words: "Sending", icon: IconSend, ink: "dimmed" },
  delivered: { words: "Delivered", icon: IconCheck, ink: "var(--ink-plus)" },
  uncertain: {
    words: "Not known whether it arrived",
    icon: IconQuestionMark,
    ink: "var(--ink-warm)",
  },
  refused: {
    words: "Not delivered",
    icon: IconAlertTriangle,
    ink: "var(--ink-minus)",
  },
  discarded: { words: "Taken back before it was sent", icon: IconArrowBackUp, ink: "dimmed" },
};

/** Who writes. */
export const senders: Record<Exclude<LabRowKind, "event">, string> = { guest: "Guest", agent: "Agent", bot: "Bot" };
