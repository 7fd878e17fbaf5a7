import type { BridgeWindow } from "../dev/bridge";
import type { Scalar } from "../src/ipc/bindings";

/** A guest as the org knows it. */
export type OrgGuest = {
  id: string;
  name: string;
  email: string | null;
  attributes: Record<string, Scalar>;
  active: boolean;
  createdTime: string;
  version: number;
};

/** One line of the simulator's ledger. */
export type Entry = {
  n: number;
  method: string;
  path: string;
  status: number;
  kind: "request" | "message" | "created" | "changed" | "deleted" | "weather";
  guestId?: string;
  conversationId?: string;
  messageId?: string;
  text?: string;
};

/** A trouble of the simulator's weather: `{ do: "503", when: { method: "POST" } }`. */
export type Rule = {
  do: string;
  share?: number;
  when?: { method?: string; path?: string; action?: string; from?: number; until?: number };
};

/** The org behind the console's back: another client of its API, and the simulator's control port. */
export class Org {
  private token: Promise<string> | null = null;

  constructor(
    private readonly window: BridgeWindow,
    private readonly name: "main" | "other",
  ) {}

  /** Every guest, the newest first. */
  async guests(): Promise<OrgGuest[]> {
    const all: OrgGuest[] = [];
    for (let page = 1; ; page += 1) {
      const query = `pageSize=100&pageNumber=${page}&sortBy=createdTime:desc&expand=attributes`;
      const { entities, pageCount } = await this.api(`guests?${query}`);
      all.push(...entities.map(known));
      if (page >= pageCount) return all;
    }
  }

  /** How many guests there are. */
  async size(): Promise<number> {
    return (await (await this.ask("stats")).json()).guests;
  }

  async guest(id: string): Promise<OrgGuest> {
    return known(await this.api(`guests/${id}`));
  }

  /** Whether a guest is there. */
  async has(id: string): Promise<boolean> {
    return this.guest(id).then(
      () => true,
      () => false,
    );
  }

  /** Somebody else writes attributes, or what else a guest has. */
  async change(id: string, what: { attributes?: Record<string, Scalar>; active?: boolean; name?: string }) {
    await this.post(`guests/${id}`, what);
  }

  /** A guest who came elsewhere, at any time. */
  async create(what: { createdTime?: string; name?: string; email?: string; attributes?: Record<string, Scalar> }) {
    const id = crypto.randomUUID();
    await this.post("guests", { id, ...what });
    return id;
  }

  /** A contact, as somebody else makes it: of any kind and time, and with what fields they like. */
  async contact(what: Record<string, unknown>): Promise<string> {
    return (await (await this.post("contacts", what)).json()).id;
  }

  /** The vendor's API of the org, as another client asks it. */
  async vendor(path: string, body?: unknown, method = body === undefined ? "GET" : "POST") {
    this.token ??= this.signIn();
    const headers = { authorization: `Bearer ${await this.token}` };
    const answer = await this.ask(`api/v2/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    return text === "" ? null : JSON.parse(text);
  }

  /** One contact stands for another from now on. */
  async merge(id: string, into: string) {
    await this.post(`contacts/${id}/merge`, { into });
  }

  /** A conversation that has ended and stays without an end. */
  async orphan(id: string) {
    await this.post(`conversations/${id}/orphan`, {});
  }

  /** The agent or a bot writes to the guest of a conversation by the guest socket. */
  async say(conversation: string, what: { text: string; nickname?: string; originatingEntity?: "Bot" }) {
    await this.post(`sessions/${conversation}/say`, what);
  }

  /** The session of a conversation by the guest socket expires. */
  async expire(conversation: string) {
    await this.post(`sessions/${conversation}/expire`, {});
  }

  /** The guests who chat by the guest socket. */
  async sessions(): Promise<{ guestId: string; conversationId?: string }[]> {
    return (await this.ask("sessions")).json();
  }

  async remove(id: string) {
    await this.ask(`guests/${id}`, { method: "DELETE" });
  }

  async closeConversation(id: string) {
    await this.post(`conversations/${id}/close`, {});
  }

  /** Troubles from now on; without any, fair weather. */
  async weather(...rules: Rule[]) {
    await this.post("weather", { seed: 1, rules });
  }

  /** The org's admin switches the client off or on, or gives it these permissions, here and in another division. */
  async client(what: { disabled?: boolean; permissions?: string[]; elsewhere?: string[] }) {
    await this.post("client", what);
  }

  /** Moves the org's clock, and not the console's. */
  async advance(seconds: number) {
    await this.post("clock", { advanceSeconds: seconds });
  }

  /** What happened, the oldest first. */
  async ledger(since = 0): Promise<Entry[]> {
    const lines = await (await this.ask(`ledger?since=${since}`)).text();
    return lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  private async api(path: string) {
    this.token ??= this.signIn();
    const headers = { authorization: `Bearer ${await this.token}` };
    return (await this.ask(`api/v2/${path}`, { headers })).json();
  }

  private async signIn(): Promise<string> {
    const headers = {
      authorization: `Basic ${btoa("demo:demo")}`,
      "content-type": "application/x-www-form-urlencoded",
    };
    const answer = await this.ask("oauth/token", { method: "POST", headers, body: "grant_type=client_credentials" });
    return (await answer.json()).access_token;
  }

  private post(path: string, body: unknown) {
    return this.ask(path, { method: "POST", body });
  }

  private ask(path: string, call: Parameters<BridgeWindow["ask"]>[1] = {}) {
    return this.window.ask(`orgs/${this.name}/${path}`, call);
  }
}

/** The org leaves out what is not there. */
function known(guest: Partial<OrgGuest> & { id: string }): OrgGuest {
  const nothing = { name: "", email: null, attributes: {}, active: true, createdTime: "", version: 0 };
  return { ...nothing, ...guest };
}
