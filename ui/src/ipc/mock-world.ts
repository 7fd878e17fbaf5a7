import type {
  AuditLine,
  ConnectionKind,
  ConnectionView,
  EntryView,
  Failure,
  FailureCode,
  GuestView,
  HoldView,
  LossView,
  NamedPolicyView,
  PlanView,
  RequestView,
  RunView,
  Scalar,
  Status,
} from "./bindings";
import { CoreFailure } from "./core";

export type MockConversation = {
  id: string;
  guestId: string;
  open: boolean;
  startTime: string;
  endTime: string | null;
  playedHere: boolean;
};

export type MockOptions = {
  guests?: number;
  kind?: ConnectionKind;
  readOnly?: boolean;
  failure?: FailureCode | null;
  colorScheme?: "auto" | "light" | "dark";
  tray?: boolean;
  /** Milliseconds that a step of background work takes. */
  pace?: number;
  now?: number;
};

const FIRST = [
  "Ada",
  "Grace",
  "Alan",
  "Katherine",
  "Margaret",
  "Edsger",
  "Barbara",
  "Donald",
  "Radia",
  "Tony",
  "Frances",
  "John",
  "Annie",
  "Niklaus",
  "Hedy",
  "Ken",
];
const LAST = [
  "Lovelace",
  "Hopper",
  "Turing",
  "Johnson",
  "Hamilton",
  "Dijkstra",
  "Liskov",
  "Knuth",
  "Perlman",
  "Hoare",
  "Allen",
  "Backus",
  "Easley",
  "Wirth",
  "Lamarr",
  "Thompson",
];
const DAY = 86_400_000;

/** The same numbers each time, so that a picture can be compared with the one before. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

export function uuidOf(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export function fail(code: FailureCode, message: string, more: Partial<Failure> = {}): never {
  throw new CoreFailure({ code, message, next: "", fields: [], retryAfterMs: null, correlationId: null, ...more });
}

/** An org of a few guests in memory, and what the core keeps beside it. */
export class MockWorld {
  readonly now: () => number;
  readonly random = sequence(7);
  guests = new Map<string, GuestView>();
  conversations: MockConversation[] = [];
  entries: EntryView[] = [];
  requests: RequestView[] = [];
  connections: ConnectionView[];
  runs: RunView[] = [];
  outcomes = new Map<
    string,
    { guestId: string; outcome: "deleted" | "alreadyGone" | "spared" | "failed" | "remaining"; why: string | null }[]
  >();
  plan: PlanView | null = null;
  /** A run goes on once this has been kept; a test that wants to find it running keeps it waiting. */
  gate: Promise<void> = Promise.resolve();
  planned: string[] = [];
  policies: NamedPolicyView[] = [firstPolicy()];
  /** What was stored when a person confirmed it, by the policy's id. */
  confirmed = new Map<string, NamedPolicyView>();
  holds: HoldView[] = [];
  /** By guest: in whose place they were made. */
  goesOnFor = new Map<string, string>();
  audit: AuditLine[] = [];
  /** Where the audit log is broken, if it is. */
  auditBroken: { line: number; problem: string } | null = null;
  /** What was lost and is not accepted, if something is. */
  loss: LossView | null = null;
  status: Status;

  constructor(options: MockOptions) {
    const started = Date.now();
    const base = options.now ?? started;
    this.now = () => base + (Date.now() - started);
    const kind = options.kind ?? "simulator";
    const simulator = connection("Simulator", "simulator", "embedded", "demo", true);
    const current =
      kind === "simulator"
        ? simulator
        : {
            ...connection(
              `Support ${kind === "production" ? "EU" : "Lab"}`,
              kind,
              "mypurecloud.de",
              "8f14e45f-console",
              false,
            ),
            readOnly: options.readOnly ?? false,
          };
    current.current = true;
    if (kind === "simulator") current.readOnly = options.readOnly ?? false;
    this.connections =
      kind === "simulator"
        ? [simulator, connection("Support EU", "production", "mypurecloud.de", "8f14e45f-console", false)]
        : [simulator, current];
    this.status = {
      connection: current,
      online: { switchedOn: true, reachable: true, answering: true, nextTry: null },
      budget: { count: 14, allowed: 300, resetSeconds: 41 },
      outbox: { waiting: 0, uncertain: 0, dead: 0, paused: null, nextTry: null },
      planning: null,
      run: null,
      scheduled: null,
      notices: [],
    };
    this.seed(options.guests ?? 1000);
  }

  private seed(many: number) {
    for (let place = 0; place < many; place += 1) {
      const age = Math.floor(this.random() ** 1.2 * 90 * DAY) + 120_000;
      const idle = Math.floor(age * this.random() * 0.9);
      const anonymous = this.random() < 0.2;
      const first = FIRST[Math.floor(this.random() * FIRST.length)] ?? "Ada";
      const last = LAST[Math.floor(this.random() * LAST.length)] ?? "Lovelace";
      const id = uuidOf(this.random);
      const created = this.now() - age;
      const attributes: Record<string, Scalar> = {
        initiatedAt: new Date(created).toISOString(),
        lastInteractionType: "message",
        source: "web-messaging",
        totalInteractions: 1 + Math.floor(this.random() * 30),
      };
      if (this.random() < 0.3) attributes.tier = this.random() < 0.5 ? "gold" : "silver";
      if (this.random() < 0.2) attributes.newsletter = this.random() < 0.5;
      const guest: GuestView = {
        id,
        name: anonymous ? "Anonymous Guest" : `${first} ${last}`,
        email: anonymous ? null : `${first}.${last}@example.com`.toLowerCase(),
        attributes,
        active: this.random() < 0.97,
        createdTime: new Date(created).toISOString(),
        modifiedTime: new Date(this.now() - idle).toISOString(),
        version: 1 + Math.floor(this.random() * 9),
        due: age > 30 * DAY,
      };
      this.guests.set(id, guest);
      const open = guest.active && idle < 3 * DAY;
      this.conversations.push({
        id: `c-${uuidOf(this.random).slice(0, 8)}`,
        guestId: id,
        open,
        startTime: guest.createdTime,
        endTime: open ? null : new Date(this.now() - idle + 1000).toISOString(),
        playedHere: false,
      });
    }
  }

  /** So many more guests, of all ages. */
  refill(many: number) {
    this.seed(many);
  }

  /** An outbox with some of everything, for looking. */
  holdMessages(many: number) {
    const texts = [
      "Hello, is anybody there?",
      "My order 4711 has not arrived.",
      "It was promised for Tuesday.\nIt is Friday.",
    ];
    this.entries = Array.from({ length: many }, (_, place): EntryView => {
      const conversation = this.conversations[Math.floor(place / 4)];
      const state = (["waiting", "queued", "queued", "dead"] as const)[place % 4] ?? "queued";
      const uncertain = place % 12 === 4;
      return {
        id: uuidOf(this.random),
        conversationId: conversation?.id ?? "c-0",
        guestId: conversation?.guestId ?? "",
        seq: (place % 4) + 1,
        text: texts[place % 3] ?? "",
        writtenAt: new Date(this.now() - (many - place) * 40_000).toISOString(),
        state: uncertain ? "uncertain" : state,
        until: place % 4 === 0 ? new Date(this.now() + 8_000 + place * 900).toISOString() : null,
        why: uncertain
          ? "the answer was lost on the way"
          : state === "waiting"
            ? "the connection was refused"
            : state === "dead"
              ? "400 send message: the text holds a character the org does not take"
              : null,
        attempts: state === "queued" ? 0 : 3,
        deliveredAt: null,
      };
    }).sort((a, b) => a.conversationId.localeCompare(b.conversationId) || a.seq - b.seq);
  }

  guest(id: string): GuestView {
    const guest = this.guests.get(id);
    if (!guest) fail("not_found", `The org knows no guest ${id}.`, { correlationId: uuidOf(this.random) });
    return guest;
  }

  put(guest: GuestView): GuestView {
    const next = { ...guest, version: guest.version + 1, modifiedTime: new Date(this.now()).toISOString() };
    this.guests.set(next.id, next);
    return next;
  }

  isOpen(id: string): boolean {
    return this.conversations.some((conversation) => conversation.guestId === id && conversation.open);
  }

  /** One request in the log and in the budget. */
  record(method: string, path: string, status: number | null = 200) {
    this.status = {
      ...this.status,
      budget: { ...this.status.budget, count: Math.min(300, this.status.budget.count + 1) },
    };
    this.requests.unshift({
      at: new Date(this.now()).toISOString(),
      method,
      path,
      status,
      millis: 8 + Math.floor(this.random() * 60),
      attempt: 1,
      correlationId: status === null ? null : uuidOf(this.random),
    });
  }

  /** One line of the audit log. */
  note(action: string, text: string, guestId: string | null = null) {
    this.audit.unshift({
      n: this.audit.length + 1,
      at: new Date(this.now()).toISOString(),
      user: "ada",
      program: "innkeeper 0.1.0",
      action,
      text,
      subject: guestId === null ? null : guestId.replaceAll("-", "").slice(0, 12),
    });
  }

  /** The holds that keep a guest, by id or by filter. */
  holdsOn(guest: GuestView): HoldView[] {
    return this.holds.filter(
      (hold) => hold.guestId === guest.id || (hold.filter !== null && matches(guest, hold.filter)),
    );
  }

  online() {
    if (!this.status.online.switchedOn) fail("offline", "The Online switch is off, so nothing leaves this machine.");
  }

  writable() {
    if (this.status.connection?.readOnly)
      fail("read_only", `The connection "${this.status.connection.name}" is read-only.`);
  }
}

const TEST = /^(\S+?) ?(!=|=|contains|startswith) ?"?([^"]*)"?$/i;

/** Whether a guest passes a filter. The mock knows single tests; the grammar is the org's. */
export function matches(guest: GuestView, filter: string): boolean {
  const [, field = "", test = "", wanted = ""] = TEST.exec(filter.trim()) ?? [];
  if (field === "") {
    fail("invalid_input", "The filter ends where a test was expected.", {
      fields: [{ field: "filter", message: 'Write it as email contains "@example.com".' }],
    });
  }
  const { attributes, ...own } = guest;
  const value = field.startsWith("attributes.")
    ? attributes[field.slice("attributes.".length)]
    : (own as Record<string, Scalar>)[field];
  const text = value === undefined || value === null ? "" : String(value).toLowerCase();
  const word = wanted.toLowerCase();
  if (test === "=") return text === word;
  if (test === "!=") return text !== word;
  return test.toLowerCase() === "contains" ? text.includes(word) : text.startsWith(word);
}

/** As a connection has it at first: switched off, and nothing confirmed. */
function firstPolicy(): NamedPolicyView {
  return {
    id: "default",
    name: "Default",
    what: { days: 30, fromLastActivity: false, filter: null, spareOpenConversations: true, spareActive: false },
    schedule: { state: "off", armed: false, cron: "0 2 * * *", zone: "Europe/Berlin", nextDue: null, lastDue: null },
    quiet: { zone: "Europe/Berlin", followsSchedule: true, windows: [] },
    cap: null,
    pace: null,
    brake: { times: 3, floor: 100 },
    confirmed: null,
    waiting: [{ field: "confirmation", before: "none", after: "required", stronger: true }],
    quietNow: false,
    opensAt: null,
    asks: null,
  };
}

function connection(
  name: string,
  kind: ConnectionKind,
  environment: string,
  clientId: string,
  builtIn: boolean,
): ConnectionView {
  return {
    name,
    kind,
    environment,
    clientId,
    readOnly: false,
    signIn: null,
    scopes: ["guest:read", "guest:write", "conversation:read", "webchat:write"],
    current: false,
    builtIn,
  };
}
