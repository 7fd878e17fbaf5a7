import type {
  AttributeConflict,
  Boxed,
  ConnectionKind,
  EntryView,
  FailureCode,
  GuestQuery,
  GuestView,
  Preferences,
  Scalar,
  Snapshot,
  Topic,
  Update,
} from "./bindings";
import type { Core } from "./core";
import { mockAudit } from "./mock-audit";
import { mockHolds } from "./mock-holds";
import { liveIn } from "./mock-lived";
import { mockLoss } from "./mock-loss";
import { mockOutbox } from "./mock-outbox";
import { mockPolicies } from "./mock-policies";
import { mockRetention } from "./mock-retention";
import { fail, type MockOptions, MockWorld, matches, uuidOf } from "./mock-world";

/** An in-memory core for tests and for looking at the screens; the production build holds none of it. */
export type MockCore = Core & {
  world: MockWorld;
  /** Tells the window that something changed, as the core would. */
  publish: (...stale: Topic[]) => void;
  /** Someone else writes an attribute meanwhile. */
  writeBehind: (id: string, attributes: Record<string, Scalar>) => void;
  /** Makes the next call of a command fail. */
  failNext: (command: keyof Core, code: FailureCode) => void;
  /** Makes an update get lost on its way. */
  loseUpdate: () => void;
};

const pause = (millis: number) => new Promise<void>((done) => setTimeout(done, millis));

export function mockCore(options: MockOptions = {}): MockCore {
  const world = new MockWorld(options);
  const listeners = new Set<(update: Update) => void>();
  const failing = new Map<keyof Core, FailureCode>();
  let number = 1;
  let gateway: string | null = null;
  let failure = options.failure ?? null;
  let preferences: Preferences = {
    colorScheme: options.colorScheme ?? "light",
    detailWidth: 400,
    zoom: 100,
    keepInTray: false,
    tray: options.tray ?? false,
  };
  const pace = () => pause(options.pace ?? 5);

  function publish(...stale: Topic[]) {
    const held = world.entries.filter((entry) => ["queued", "sending", "waiting"].includes(entry.state));
    world.status = {
      ...world.status,
      outbox: {
        ...world.status.outbox,
        waiting: held.length,
        uncertain: world.entries.filter((entry) => entry.state === "uncertain").length,
        dead: world.entries.filter((entry) => entry.state === "dead").length,
      },
    };
    number += 1;
    for (const listener of listeners) listener({ number, stale, status: world.status, failure: null });
  }

  function setEntry(id: string, part: Partial<EntryView>) {
    world.entries = world.entries.map((entry) => (entry.id === id ? { ...entry, ...part } : entry));
    publish("outbox");
  }

  let draining = false;
  async function drain() {
    if (draining) return;
    draining = true;
    for (;;) {
      await pace();
      if (!world.status.online.switchedOn || world.status.outbox.paused !== null) break;
      const next = world.entries.find((entry) => entry.state === "queued" || entry.state === "waiting");
      if (!next) break;
      setEntry(next.id, { state: "sending", attempts: next.attempts + 1, until: null, why: null });
      await pace();
      world.record("POST", "/api/v2/conversations/webchat/messages", 201);
      setEntry(next.id, { state: "delivered", deliveredAt: new Date(world.now()).toISOString() });
    }
    draining = false;
  }

  const snapshot = (): Snapshot => ({
    number,
    version: "0.1.0",
    dataFolder: "/somewhere/ada/.local/share/innkeeper",
    failure:
      failure === null
        ? null
        : {
            code: failure,
            message: "The window of process 4711 has held this folder since 13:02.",
            next: "Mend it with `chmod 700 /somewhere/ada/data`.",
            fields: [],
            retryAfterMs: null,
            correlationId: null,
          },
    status: world.status,
  });

  const core: Core = {
    subscribe: async (listener) => {
      listeners.add(listener);
      return snapshot();
    },
    reopen: async () => {
      failure = null;
      return null;
    },
    setOnline: async (on) => {
      world.status = { ...world.status, online: { ...world.status.online, switchedOn: on, reachable: on } };
      if (!on)
        for (const entry of world.entries)
          if (entry.state === "queued") setEntry(entry.id, { state: "waiting", why: "offline" });
      publish();
      if (on) void drain();
      return null;
    },
    guestsPage: async (query) => {
      await pace();
      world.online();
      world.record("GET", "/api/v2/guests");
      const all = select(world, query);
      return {
        guests: all.slice((query.page - 1) * 100, query.page * 100),
        total: all.length,
        page: query.page,
        pageCount: Math.ceil(all.length / 100),
      };
    },
    guestsWithOpenConversation: async (ids) => {
      world.record("POST", "/api/v2/conversations/details/query");
      return ids.filter((id) => world.isOpen(id));
    },
    guestOpen: async (id) => {
      await pace();
      world.record("GET", "/api/v2/guests/{id}");
      const conversations = world.conversations.filter((conversation) => conversation.guestId === id);
      return {
        guest: world.guest(id),
        conversations: conversations.map(({ guestId: _, ...view }) => view),
        sessionKnown: conversations.some((conversation) => conversation.playedHere),
        predecessor: world.goesOnFor.get(id) ?? null,
        successors: [...world.goesOnFor].filter(([, old]) => old === id).map(([successor]) => successor),
      };
    },
    guestSave: async (id, changes) => {
      world.writable();
      const guest = world.guest(id);
      const boxed = (key: string): Boxed | null => {
        const value = guest.attributes[key];
        return value === undefined ? null : { value };
      };
      const conflicts: AttributeConflict[] = changes
        .filter(({ key, before, after }) => boxed(key)?.value !== before?.value && boxed(key)?.value !== after?.value)
        .map(({ key, before, after }) => ({ key, base: before, ours: after, theirs: boxed(key) }));
      if (conflicts.length > 0) return { kind: "conflict", theirs: guest, conflicts };
      const attributes = { ...guest.attributes };
      for (const { key, after } of changes) {
        if (after === null) delete attributes[key];
        else attributes[key] = after.value;
      }
      world.record("PUT", "/api/v2/guests/{id}");
      const saved = world.put({ ...guest, attributes });
      world.note("guestEdited", `${changes.length} fields of a guest were edited.`, id);
      publish("guests", "audit");
      return { kind: "saved", guest: saved };
    },
    guestInteraction: async (_writeId, id, kind, by) => {
      world.writable();
      const guest = world.guest(id);
      const saved = world.put({
        ...guest,
        attributes: {
          ...guest.attributes,
          totalInteractions: Number(guest.attributes.totalInteractions ?? 0) + by,
          lastInteractionType: kind,
          lastUpdated: new Date(world.now()).toISOString(),
        },
      });
      publish("guests");
      return saved;
    },
    guestDelete: async (id) => {
      world.writable();
      const [hold] = world.holdsOn(world.guest(id));
      if (hold) {
        world.note("deleteRefused", `A delete by hand was refused, because of the hold ${hold.id}.`, id);
        publish("audit");
        fail("held_guest", `The hold "${hold.reason}" of ${hold.owner} keeps this guest.`);
      }
      world.guests.delete(id);
      world.note("guestDeleted", "A guest was deleted by hand.", id);
      publish("guests", "audit");
      return null;
    },
    sessionCheck: async (id, token) => {
      const known = world.conversations.filter((conversation) => conversation.guestId === id);
      const open = known.find((conversation) => conversation.open);
      const good = token === "good" || (token === null && known.some((conversation) => conversation.playedHere));
      const checkedAt = new Date(world.now()).toISOString();
      const answer = { conversationId: null, checkedAt };
      if (!good && !token) return { ...answer, outcome: "missing", reason: "No session token was given." };
      if (!good) return { ...answer, outcome: "invalid", reason: "The token does not belong to this guest." };
      if (!open) return { ...answer, outcome: "gone", reason: "No conversation of this guest is open." };
      return { ...answer, outcome: "valid", conversationId: open.id, reason: `Conversation ${open.id} is open.` };
    },
    chatStart: async ({ guestId, name, email, attributes }) => {
      world.writable();
      world.online();
      const at = new Date(world.now()).toISOString();
      world.guests.set(guestId, {
        id: guestId,
        name: name ?? "Anonymous Guest",
        email,
        attributes: { initiatedAt: at, source: "web-messaging", ...attributes },
        active: true,
        createdTime: at,
        modifiedTime: at,
        version: 1,
        due: false,
      });
      const id = `c-${uuidOf(world.random).slice(0, 8)}`;
      world.conversations.unshift({ id, guestId, open: true, startTime: at, endTime: null, playedHere: true });
      world.record("POST", "/api/v2/guests", 201);
      publish("guests");
      return { guestId, conversationId: id };
    },
    chatAgain: async (old, wish) => {
      const { name, email, attributes } = world.guest(old);
      world.goesOnFor.set(wish, old);
      return core.chatStart({ guestId: wish, name, email, attributes });
    },
    chatSay: async (id, conversationId, text) => {
      const conversation = world.conversations.find((other) => other.id === conversationId);
      if (!conversation?.open) fail("conversation_closed", "The conversation is closed.");
      const lane = world.entries.filter((entry) => entry.conversationId === conversationId);
      const offline = !world.status.online.switchedOn;
      const entry: EntryView = {
        id,
        conversationId,
        guestId: conversation.guestId,
        seq: lane.length + 1,
        text,
        writtenAt: new Date(world.now()).toISOString(),
        state: offline ? "waiting" : "queued",
        until: null,
        why: offline ? "offline" : null,
        attempts: 0,
        deliveredAt: null,
      };
      world.entries = [...world.entries, entry];
      publish("outbox");
      void drain();
      return entry;
    },
    chatMessages: async (conversationId) => world.entries.filter((entry) => entry.conversationId === conversationId),
    ...mockOutbox(world, { setEntry, publish, drain, pace }),
    ...mockPolicies(world, publish),
    ...mockRetention(world, publish, pace),
    ...mockHolds(world, publish),
    ...mockAudit(world, publish),
    ...mockLoss(world, publish),
    activityList: async () => world.requests.slice(0, 1000),
    connectionsList: async () => world.connections,
    connectionAdd: async (added) => {
      if (world.connections.some((other) => other.name === added.name)) {
        fail("invalid_input", "The name is taken.", {
          fields: [{ field: "name", message: "Another connection has it." }],
        });
      }
      const view = {
        name: added.name,
        kind: added.kind,
        environment: added.environment ?? added.baseUrl ?? "",
        clientId: added.clientId,
        readOnly: added.readOnly,
        signIn: null,
        scopes: [],
        current: false,
        builtIn: false,
      };
      world.connections = [...world.connections, view];
      publish("connections");
      return view;
    },
    connectionEdit: async (name) => world.connections.find((other) => other.name === name) ?? fail("internal", "none"),
    connectionContents: async () => ({
      drafts: 0,
      waiting: 0,
      uncertain: 0,
      dead: 0,
      runs: 0,
      policies: 0,
      schedules: 0,
      holds: 0,
    }),
    connectionRemove: async (name) => {
      world.connections = world.connections.filter((other) => other.name !== name);
      publish("connections");
      return null;
    },
    connectionUse: async (name) => {
      world.connections = world.connections.map((other) => ({ ...other, current: other.name === name }));
      world.status = { ...world.status, connection: world.connections.find((other) => other.current) ?? null };
      gateway = null;
      publish("guests", "outbox", "retention", "activity", "connections");
      return null;
    },
    connectionTest: async (name) => {
      const found = world.connections.find((other) => other.name === name);
      if (!found) fail("unknown_connection", `There is no connection "${name}".`);
      return {
        ok: true,
        environment: found.environment,
        scopes: ["guest:read", "guest:write"],
        rate: world.status.budget,
      };
    },
    drafts: async () => [],
    draftPut: async () => null,
    draftRemove: async () => null,
    leave: async () => null,
    gatewayStatus: async () => ({ url: gateway }),
    gatewayStart: async (port, origin) => {
      const named = origin === null || /^https?:\/\/[^/\s]+$/.test(origin);
      if (!named) fail("invalid_input", "origin: is none.", { fields: [{ field: "origin", message: "is none" }] });
      gateway ??= `http://127.0.0.1:${port === 0 ? 40123 : port}`;
      return { url: gateway };
    },
    gatewayStop: async () => {
      gateway = null;
      return { url: gateway };
    },
    preferences: async () => preferences,
    setPreferences: async (next) => {
      preferences = next;
      return null;
    },
  };

  const guarded = Object.fromEntries(
    Object.entries(core).map(([name, command]) => [
      name,
      async (...input: unknown[]) => {
        const code = failing.get(name as keyof Core);
        if (code) {
          failing.delete(name as keyof Core);
          fail(code, `The mock was told to fail with ${code}.`, { correlationId: "5b0c1d2e-corr" });
        }
        return (command as (...input: unknown[]) => unknown)(...input);
      },
    ]),
  ) as unknown as Core;

  return {
    ...guarded,
    world,
    publish,
    writeBehind(id, attributes) {
      const guest = world.guest(id);
      world.put({ ...guest, attributes: { ...guest.attributes, ...attributes } });
    },
    failNext: (command, code) => void failing.set(command, code),
    loseUpdate: () => {
      number += 1;
    },
  };
}

function select(world: MockWorld, query: GuestQuery): GuestView[] {
  const words = query.search.toLowerCase();
  const value = (guest: GuestView) => String(guest[query.sort] ?? "");
  return [...world.guests.values()]
    .filter(
      (guest) => `${guest.name}\n${guest.email ?? ""}`.toLowerCase().includes(words) || guest.id.startsWith(words),
    )
    .filter((guest) => query.filter === null || matches(guest, query.filter))
    .sort((a, b) => value(a).localeCompare(value(b)) * (query.descending ? -1 : 1) || a.id.localeCompare(b.id));
}

/** For looking: `?scheme=dark&kind=production&readonly&failure=folder_locked&guests=0&pace=200&outbox=40&lived`. */
export function mockFromAddress(): MockCore {
  const asked = new URLSearchParams(window.location.search);
  const core = mockCore({
    colorScheme: asked.get("scheme") === "dark" ? "dark" : "light",
    kind: (asked.get("kind") as ConnectionKind | null) ?? "simulator",
    readOnly: asked.has("readonly"),
    failure: asked.get("failure") as FailureCode | null,
    guests: Number(asked.get("guests") ?? 1000),
    pace: Number(asked.get("pace") ?? 30),
  });
  const held = Number(asked.get("outbox") ?? 0);
  if (held > 0) {
    core.world.holdMessages(held);
    core.publish("outbox");
  }
  if (asked.has("lived")) liveIn(core.world);
  Object.assign(window, { innkeeper: core });
  return core;
}
