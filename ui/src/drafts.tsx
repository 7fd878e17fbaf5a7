import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { DraftKind, Draft as WireDraft } from "./ipc/bindings";
import type { Core } from "./ipc/core";
import { draftNotKept } from "./parts/failure-toast";
import { useStatusOf } from "./queries";

/** What was typed and not yet saved, sent or discarded. */
export type Draft<Body = unknown> = Omit<WireDraft, "body"> & { body: Body };

export type DraftPlace = Pick<Draft, "connection" | "kind" | "id">;

const keyOf = ({ connection, kind, id }: DraftPlace) => JSON.stringify([connection, kind, id]);

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * The one place that holds drafts. The page shows what stands here; the core keeps a copy in its memory, so that a reload
 * finds it again. The core is told of one draft at a time and always of the newest text: nothing is waited for by a clock.
 */
export class DraftStore {
  readonly #core: Core;
  #kept = new Map<string, Draft>();
  #list: readonly Draft[] = [];
  readonly #listeners = new Set<() => void>();
  /** What the core does not know yet. */
  readonly #untold = new Map<string, DraftPlace>();
  #telling: Promise<void> | null = null;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Takes over what the core has kept from before the page was loaded. */
  async load() {
    for (const draft of await this.#core.drafts()) {
      const key = keyOf(draft);
      if (!this.#kept.has(key)) this.#kept.set(key, { ...draft, body: JSON.parse(draft.body) as unknown });
    }
    this.#changed();
  }

  readonly all = (): readonly Draft[] => this.#list;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  get(place: DraftPlace): Draft | undefined {
    return this.#kept.get(keyOf(place));
  }

  put(draft: Draft) {
    this.#kept.set(keyOf(draft), draft);
    this.#tell(draft);
  }

  remove(place: DraftPlace) {
    if (this.#kept.delete(keyOf(place))) this.#tell(place);
  }

  /** The drafts of a connection go with it: to its new name, or away. */
  follow(connection: string, name: string | null) {
    for (const draft of this.#list.filter((other) => other.connection === connection)) {
      this.remove(draft);
      if (name !== null) this.put({ ...draft, connection: name });
    }
  }

  /** Resolves once the core knows all of it. */
  async settled() {
    await this.#telling;
  }

  #changed() {
    this.#list = [...this.#kept.values()];
    for (const listener of this.#listeners) listener();
  }

  #tell({ connection, kind, id }: DraftPlace) {
    const place = { connection, kind, id };
    this.#untold.set(keyOf(place), place);
    this.#changed();
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = null;
    });
  }

  async #tellAll() {
    for (;;) {
      const [next] = this.#untold;
      if (!next) return;
      const [key, place] = next;
      this.#untold.delete(key);
      const draft = this.#kept.get(key);
      try {
        if (draft) await this.#core.draftPut({ ...draft, body: JSON.stringify(draft.body) });
        else await this.#core.draftRemove(place.connection, place.kind, place.id);
      } catch (problem) {
        draftNotKept(key, problem);
      }
    }
  }
}

const DraftsContext = createContext<DraftStore | null>(null);

/** The screens are drawn once the drafts from before a reload are there, so that nothing is typed over them. */
export function DraftsProvider({ core, children }: { core: Core; children: ReactNode }) {
  const [store] = useState(() => new DraftStore(core));
  const [loaded, setLoaded] = useState(false);
  useEffect(() => {
    const done = () => setLoaded(true);
    // What keeps the core from answering is told by the subscription.
    store.load().then(done, done);
  }, [store]);
  return <DraftsContext.Provider value={store}>{loaded && children}</DraftsContext.Provider>;
}

export function useDraftStore(): DraftStore {
  const store = useContext(DraftsContext);
  if (!store) throw new Error("useDraftStore is called outside of DraftsProvider");
  return store;
}

/** Every draft, of every connection. */
export function useDrafts(): readonly Draft[] {
  const store = useDraftStore();
  return useSyncExternalStore(store.subscribe, store.all);
}

type Options<Body> = {
  kind: DraftKind;
  id: string;
  /** What it is about, by the name that people know. */
  title: string;
  /** What stands there before anything is typed; typing it again is no draft. */
  first: Body;
  /** It belongs to no connection. */
  shared?: boolean;
};

export type HeldDraft<Body> = {
  value: Body;
  set: (next: Body | ((old: Body) => Body)) => void;
  /** Saved, sent or discarded. */
  clear: () => void;
  /** Whether anything was typed. */
  begun: boolean;
  /** As it is kept; nothing where nothing was typed. */
  kept: Draft | undefined;
};

/** State that is kept until it is saved, sent or discarded, whatever becomes of the component. */
export function useDraft<Body>({ kind, id, title, first, shared = false }: Options<Body>): HeldDraft<Body> {
  const store = useDraftStore();
  const open = useStatusOf((status) => status.connection?.name ?? "");
  const connection = shared ? "" : open;
  const place = useMemo(() => ({ connection, kind, id }), [connection, kind, id]);
  const held = useSyncExternalStore(store.subscribe, () => store.get(place));
  return {
    value: held === undefined ? first : (held.body as Body),
    set: (next) => {
      const old = (store.get(place)?.body as Body | undefined) ?? first;
      const body = typeof next === "function" ? (next as (old: Body) => Body)(old) : next;
      if (same(body, first)) store.remove(place);
      else store.put({ ...place, title, body });
    },
    clear: () => store.remove(place),
    begun: held !== undefined,
    kept: held,
  };
}
