import type { MantineColor } from "@mantine/core";
import { clockTime, count } from "../format";
import type { EntryGroup, EntryState, EntryView, LaneState, LaneView, OutboxCounts } from "../ipc/bindings";

type Meta = { name: string; color: MantineColor };

/** A message's state: the only place where it gets its words. */
export const entryStates: Record<EntryState, Meta & { inConversation: (entry: EntryView) => string }> = {
  queued: { name: "Queued", color: "gray.5", inConversation: () => "On disk, sent in order" },
  sending: { name: "Sending", color: "teal.6", inConversation: () => "Sending" },
  delivered: {
    name: "Delivered",
    color: "teal.6",
    inConversation: ({ deliveredAt, writtenAt }) => `Delivered ${clockTime(deliveredAt ?? writtenAt)}`,
  },
  waiting: {
    name: "Waiting",
    color: "yellow.6",
    inConversation: ({ until, why }) => because(until ? `Waiting until ${clockTime(until)}` : "Waiting", why),
  },
  uncertain: {
    name: "Uncertain",
    color: "orange.6",
    inConversation: ({ why }) => because("Uncertain, asked again before it is repeated", why),
  },
  dead: { name: "Refused", color: "red.6", inConversation: ({ why }) => because("Refused, not delivered", why) },
  discarded: { name: "Discarded", color: "gray.5", inConversation: () => "Discarded" },
};

const because = (words: string, why: string | null) => (why ? `${words}: ${why}` : words);

/** A conversation's state in the outbox: the only place where it gets its words. */
export const laneStates: Record<LaneState, Meta> = {
  flowing: { name: "Queued", color: "gray.5" },
  sending: { name: "Sending", color: "teal.6" },
  waiting: { name: "Waiting", color: "yellow.6" },
  uncertain: { name: "Uncertain", color: "orange.6" },
  paused: { name: "Paused", color: "gray.5" },
  dead: { name: "Refused", color: "red.6" },
};

export const groups: Record<EntryGroup, Meta & { of: (counts: OutboxCounts) => number }> = {
  waiting: { name: "Waiting", color: "yellow.6", of: (counts) => counts.waiting },
  uncertain: { name: "Uncertain", color: "orange.6", of: (counts) => counts.uncertain },
  dead: { name: "Refused", color: "red.6", of: (counts) => counts.dead },
};

export const groupNames: EntryGroup[] = ["waiting", "uncertain", "dead"];

export const allOf = (counts: OutboxCounts) => counts.waiting + counts.uncertain + counts.dead;

/** The whole outbox: `paused · 3 waiting until 14:00:10 · 1 refused`. */
export function outboxWords(outbox: OutboxCounts): string {
  const words: string[] = [];
  if (outbox.paused !== null) words.push("paused");
  if (outbox.waiting > 0) {
    words.push(`${count(outbox.waiting)} waiting${outbox.nextTry ? ` until ${clockTime(outbox.nextTry)}` : ""}`);
  }
  if (outbox.uncertain > 0) words.push(`${count(outbox.uncertain)} uncertain`);
  if (outbox.dead > 0) words.push(`${count(outbox.dead)} refused`);
  return words.length > 0 ? words.join(" · ") : "everything delivered";
}

/** `12`, or `12 · 2 refused`. */
export function laneCounts({ waiting, uncertain, dead }: LaneView): string {
  const moving = waiting + uncertain;
  if (dead === 0) return count(moving);
  return moving === 0 ? `${count(dead)} refused` : `${count(moving)} · ${count(dead)} refused`;
}

export function triesWords(attempts: number): string {
  if (attempts === 0) return "not tried yet";
  return attempts === 1 ? "1 try" : `${count(attempts)} tries`;
}
