import type { EntryGroup, EntryQuery, EntryView, LaneQuery, LaneView, ManyInTime } from "./bindings";
import type { Core } from "./core";
import { fail, type MockWorld } from "./mock-world";

type OutboxCommands = Pick<
  Core,
  | "outboxLanes"
  | "outboxPage"
  | "outboxRetry"
  | "outboxDiscard"
  | "undo"
  | "outboxEdit"
  | "outboxResume"
  | "outboxRetryLane"
  | "outboxDiscardDead"
  | "outboxExport"
  | "outboxExportElsewhere"
>;

type Hands = {
  setEntry: (id: string, part: Partial<EntryView>) => void;
  publish: (...stale: ("outbox" | "holds" | "audit")[]) => void;
  drain: () => Promise<void>;
  pace: () => Promise<void>;
};

const groupOf: Partial<Record<EntryView["state"], EntryGroup>> = {
  queued: "waiting",
  sending: "waiting",
  waiting: "waiting",
  uncertain: "uncertain",
  dead: "dead",
};

/** The outbox of the mock: the same words as the core's, over a list in memory. */
export function mockOutbox(world: MockWorld, { setEntry, publish, drain, pace }: Hands): OutboxCommands {
  const inTime = { inTime: true, perhapsSent: false };
  /** What a dead entry was discarded with, for its undo. */
  const discardedDead = new Map<string, string>();
  const files = new Set<string>();
  const before = new Map<string, Partial<EntryView>>();

  const held = (group: EntryGroup | null, conversation: string | null) =>
    world.entries
      .filter(
        (entry) =>
          groupOf[entry.state] !== undefined &&
          (group === null || groupOf[entry.state] === group) &&
          (conversation === null || entry.conversationId === conversation),
      )
      .sort((a, b) => a.conversationId.localeCompare(b.conversationId) || a.seq - b.seq);

  function laneOf(entries: EntryView[]): LaneView {
    const of = (group: EntryGroup) => entries.filter((entry) => groupOf[entry.state] === group).length;
    const head = entries.find((entry) => entry.state !== "dead") ?? (entries[0] as EntryView);
    const paused = world.status.outbox.paused !== null && head.state !== "dead";
    return {
      conversationId: head.conversationId,
      guestId: head.guestId,
      state: paused
        ? "paused"
        : head.state === "queued" || head.state === "delivered" || head.state === "discarded"
          ? "flowing"
          : head.state,
      until: head.until,
      why: head.why,
      waiting: of("waiting"),
      uncertain: of("uncertain"),
      dead: of("dead"),
      head: head.id,
      headAttempts: head.attempts,
      oldest: entries.map((entry) => entry.writtenAt).sort()[0] ?? head.writtenAt,
    };
  }

  function lanes({ group, search, conversationId }: LaneQuery): LaneView[] {
    const byConversation = new Map<string, EntryView[]>();
    for (const entry of held(null, conversationId)) {
      const entries = byConversation.get(entry.conversationId) ?? [];
      entries.push(entry);
      byConversation.set(entry.conversationId, entries);
    }
    const words = search.trim().toLowerCase();
    return [...byConversation.values()]
      .map(laneOf)
      .filter((lane) => group === null || lane[group] > 0)
      .filter((lane) => lane.conversationId.toLowerCase().includes(words) || lane.guestId.includes(words));
  }

  const many = (changed: number): ManyInTime => ({
    changed,
    perhapsSent: 0,
    late: 0,
    at: new Date(world.now()).toISOString(),
  });

  return {
    outboxLanes: async (query, offset, limit) => {
      await pace();
      const all = lanes(query);
      return { lanes: all.slice(offset, offset + limit), total: all.length, paused: world.status.outbox.paused };
    },
    outboxPage: async ({ group, conversationId }, offset, limit) => {
      await pace();
      const all = held(group, conversationId);
      return { entries: all.slice(offset, offset + limit), total: all.length, damaged: [] };
    },
    outboxRetry: async (id) => {
      setEntry(id, { state: "queued", why: null, until: null });
      void drain();
      return inTime;
    },
    outboxDiscard: async (id) => {
      const entry = world.entries.find((other) => other.id === id);
      if (entry) before.set(id, { state: entry.state });
      setEntry(id, { state: "discarded" });
      return inTime;
    },
    undo: async (_connection, what) => {
      if (what.did === "discarded") {
        setEntry(what.id, before.get(what.id) ?? { state: "waiting" });
        return many(1);
      }
      if (what.did === "holdRemoved") {
        world.holds = [...world.holds, what.hold];
        world.note("holdAdded", `The hold ${what.hold.id} was added.`);
        publish("holds", "audit");
        return many(1);
      }
      const back = world.entries.filter(
        (entry) => entry.conversationId === what.conversationId && (discardedDead.get(entry.id) ?? "") >= what.since,
      );
      for (const { id } of back) {
        discardedDead.delete(id);
        setEntry(id, { state: "dead" });
      }
      return many(back.length);
    },
    outboxEdit: async (id, text) => {
      setEntry(id, { text });
      return inTime;
    },
    outboxResume: async () => {
      world.status = { ...world.status, outbox: { ...world.status.outbox, paused: null } };
      publish("outbox");
      void drain();
      return null;
    },
    outboxRetryLane: async (conversation) => {
      const entries = held(null, conversation);
      for (const { id } of entries) setEntry(id, { state: "queued", why: null, until: null });
      void drain();
      return many(entries.length);
    },
    outboxDiscardDead: async (conversation) => {
      const dead = held("dead", conversation);
      const answer = many(dead.length);
      for (const { id } of dead) {
        discardedDead.set(id, answer.at);
        setEntry(id, { state: "discarded" });
      }
      return answer;
    },
    outboxExport: async (query, file) => written(query, file, "Downloads"),
    outboxExportElsewhere: async (query, file) => written(query, file, "Elsewhere"),
  };

  function written({ group, conversationId }: EntryQuery, file: string, folder: string) {
    if (files.has(file)) {
      fail("invalid_input", `file: ${file} exists already; nothing was written`, {
        fields: [{ field: "file", message: "exists already; nothing was written" }],
      });
    }
    files.add(file);
    return { exported: held(group, conversationId).length, damaged: 0, file: `/somewhere/ada/${folder}/${file}` };
  }
}
