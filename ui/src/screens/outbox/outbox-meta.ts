import type { MantineColor } from "@mantine/core";
import { count } from "../../format";
import type { EntryGroup, EntryState, LaneState, LaneView, OutboxCounts } from "../../ipc/bindings";

type Meta = { name: string; color: MantineColor };

export const entryStates: Record<EntryState, Meta> = {
  queued: { name: "Queued", color: "gray.5" },
  sending: { name: "Sending", color: "teal.6" },
  delivered: { name: "Delivered", color: "teal.6" },
  waiting: { name: "Waiting", color: "yellow.6" },
  uncertain: { name: "Uncertain", color: "orange.6" },
  dead: { name: "Dead", color: "red.6" },
  discarded: { name: "Discarded", color: "gray.5" },
};

export const laneStates: Record<LaneState, Meta> = {
  flowing: { name: "Queued", color: "gray.5" },
  sending: { name: "Sending", color: "teal.6" },
  waiting: { name: "Waiting", color: "yellow.6" },
  uncertain: { name: "Uncertain", color: "orange.6" },
  paused: { name: "Paused", color: "gray.5" },
  dead: { name: "Dead", color: "red.6" },
};

export const groups: Record<EntryGroup, Meta & { of: (counts: OutboxCounts) => number }> = {
  waiting: { name: "Waiting", color: "yellow.6", of: (counts) => counts.waiting },
  uncertain: { name: "Uncertain", color: "orange.6", of: (counts) => counts.uncertain },
  dead: { name: "Dead", color: "red.6", of: (counts) => counts.dead },
};

export const groupNames: EntryGroup[] = ["waiting", "uncertain", "dead"];

export const allOf = (counts: OutboxCounts) => counts.waiting + counts.uncertain + counts.dead;

/** `12`, or `12 · 2 dead`. */
export function laneCounts({ waiting, uncertain, dead }: LaneView): string {
  const moving = waiting + uncertain;
  if (dead === 0) return count(moving);
  return moving === 0 ? `${count(dead)} dead` : `${count(moving)} · ${count(dead)} dead`;
}

export function triesWords(attempts: number): string {
  if (attempts === 0) return "not tried yet";
  return attempts === 1 ? "1 try" : `${count(attempts)} tries`;
}
