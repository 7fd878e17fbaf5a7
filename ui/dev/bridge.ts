/**
 * The page on the real core without its window: the bridge (`cargo xtask bridge`, src-tauri/src/bridge) gives every
 * command over HTTP. Here it takes the place of what Tauri puts into a window, so that src/ipc is used unchanged.
 */
import type { ConnectionKind } from "../src/ipc/bindings";

/** Where a bridge listens, and what opens it. */
export type Bridge = { url: string; token: string };

/** What a window is opened with; the bridge knows the defaults (src-tauri/src/bridge/options.rs). */
export type WindowOptions = {
  /** Guests of the org of the open connection. */
  guests?: number;
  /** Requests a minute and token; no limit where it is left out. */
  rate?: number;
  /** What its client may do; everything where it is left out. */
  scopes?: string[];
  /** What its client may do by the vendor's own API; everything where it is left out. */
  permissions?: string[];
  /** Which API the open connection speaks; the one of its address where it is left out. */
  dialect?: "guest-api" | "genesys-cloud";
  /** Of the open connection; any other than the simulator, and a read-only one, is stored as "Support EU". */
  kind?: ConnectionKind;
  readOnly?: boolean;
  /** A second connection is stored, which is not open; more can be added. */
  second?: boolean;
  tray?: boolean;
  folder?: "good" | "locked" | "exposed";
};

/** A body that is text goes as it is, any other as JSON. */
type Call = { method?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal };

/** A window of the bridge: a console with a data folder and orgs of its own. */
export class BridgeWindow {
  private readonly ended = new AbortController();

  private constructor(
    private readonly bridge: Bridge,
    private readonly id: string,
    /** Its data folder. */
    readonly folder: string,
  ) {}

  static async open(bridge: Bridge, options: WindowOptions): Promise<BridgeWindow> {
    const answer = await ask(bridge, "windows", { method: "POST", body: options });
    const { id, folder } = await good(answer);
    return new BridgeWindow(bridge, id, folder);
  }

  /** Asks something of this window; an answer that is not good is thrown. */
  async ask(path: string, call: Call = {}): Promise<Response> {
    const answer = await ask(this.bridge, `windows/${this.id}/${path}`, { signal: this.ended.signal, ...call });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  private async post(path: string, body?: unknown) {
    await this.ask(path, { method: "POST", body });
  }

  /** What Tauri's `invoke` does: the answer, or what the command was refused with is thrown as it is. */
  async invoke(command: string, input: unknown): Promise<unknown> {
    const call = { method: "POST", body: input, signal: this.ended.signal };
    const answer = await ask(this.bridge, `windows/${this.id}/commands/${command}`, call);
    const said = await answer.json();
    if (!answer.ok) throw said;
    return said;
  }

  /** The snapshot; every update after it goes to `tell`. */
  async subscribe(tell: (update: unknown) => void): Promise<unknown> {
    const lines = linesOf(await this.ask("updates"));
    const first = await lines.next();
    const follow = async () => {
      for await (const line of lines) tell(JSON.parse(line));
    };
    // The stream breaks off where the window ends.
    follow().catch(() => undefined);
    return JSON.parse(first.value ?? "null");
  }

  /** Takes the place of Tauri on this page. */
  install() {
    const callbacks = new Map<number, (message: unknown) => void>();
    let last = 0;
    const internals = {
      transformCallback: (callback: (message: unknown) => void) => {
        last += 1;
        callbacks.set(last, callback);
        return last;
      },
      unregisterCallback: (id: number) => void callbacks.delete(id),
      invoke: (command: string, input: Record<string, unknown> = {}) => {
        if (command !== "subscribe") return this.invoke(command, input);
        const { id } = input.channel as { id: number };
        let index = 0;
        return this.subscribe((message) => callbacks.get(id)?.({ message, index: index++ }));
      },
    };
    Object.assign(window, { __TAURI_INTERNALS__: internals });
  }

  /** Ends the console; its folder and its orgs stay. */
  async close() {
    await this.post("close");
  }

  /** Opens the console again, on the same folder and orgs. The page has to ask anew. */
  async open() {
    await this.post("open");
  }

  /** What the person before it says to the shell's own questions from now on; at first no, and Cancel. */
  async person(answers: { confirm?: boolean; saveAs?: string; open?: string[] }) {
    await this.post("person", answers);
  }

  /** They drop files on the window, at a point of the page. */
  async drop(paths: string[], x: number, y: number) {
    await this.post("drop", { paths, x, y });
  }

  /** What the shell asked them, the oldest first. */
  async asked(): Promise<string[]> {
    return (await this.ask("person")).json();
  }

  /** Lets go of a folder that was found locked. */
  async unlock() {
    await this.post("unlock");
  }

  /** Lets time pass for the orgs and the console, which then looks what is due. */
  async advance(seconds: number) {
    for (const org of ["main", "other"]) await this.post(`orgs/${org}/clock`, { advanceSeconds: seconds });
    await this.jump(seconds);
  }

  /** The console's clock alone goes ahead. */
  async jump(seconds: number) {
    await this.post("clock", { advanceSeconds: seconds });
  }

  /** Ends it: its folder and its orgs go. */
  async end() {
    this.ended.abort();
    await ask(this.bridge, `windows/${this.id}`, { method: "DELETE" });
  }
}

function ask({ url, token }: Bridge, path: string, { method = "GET", body, headers, signal }: Call): Promise<Response> {
  return fetch(`${url}/${path}`, {
    method,
    signal: signal ?? null,
    headers: {
      "innkeeper-bridge": token,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function good(answer: Response) {
  if (!answer.ok) throw new Error(`The bridge answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

async function* linesOf(answer: Response): AsyncGenerator<string, undefined> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    const lines = (rest + decoder.decode(piece.value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
