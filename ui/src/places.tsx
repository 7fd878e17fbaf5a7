import {
  createContext,
  type ReactNode,
  useContext,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useConnectionName } from "./queries";

/** Where a person was on each screen: searches, filters, order, what was chosen and how far it was scrolled. Kept by
 * connection while the page is loaded. A reload may forget it, because it holds nothing that a person has typed to keep. */
class Places {
  readonly #kept = new Map<string, unknown>();
  readonly #listeners = new Set<() => void>();

  static key = (connection: string, name: string) => `${connection}\n${name}`;

  get(key: string): unknown {
    return this.#kept.get(key);
  }

  set(key: string, value: unknown) {
    this.#kept.set(key, value);
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}

const PlacesContext = createContext(new Places());

export function PlacesProvider({ children }: { children: ReactNode }) {
  const [places] = useState(() => new Places());
  return <PlacesContext.Provider value={places}>{children}</PlacesContext.Provider>;
}

/** State of a screen that is found again when the person comes back to it. */
export function usePlace<Value>(name: string, first: Value): [Value, (next: Value | ((old: Value) => Value)) => void] {
  const places = useContext(PlacesContext);
  const key = Places.key(useConnectionName(), name);
  const kept = useSyncExternalStore(places.subscribe, () => places.get(key) as Value | undefined);
  const set = (next: Value | ((old: Value) => Value)) => {
    const old = (places.get(key) as Value | undefined) ?? first;
    places.set(key, typeof next === "function" ? (next as (old: Value) => Value)(old) : next);
  };
  return [kept === undefined ? first : kept, set];
}

/** Puts a person somewhere from elsewhere, also over another connection. */
export function useSetPlace() {
  const places = useContext(PlacesContext);
  return (connection: string, name: string, value: unknown) => places.set(Places.key(connection, name), value);
}

/** How far a box was scrolled. Content may come in parts: the place is tried with every drawing until it is there, or until
 * the person scrolls. */
export function useScrollPlace<Box extends HTMLElement = HTMLDivElement>(name: string | null) {
  const places = useContext(PlacesContext);
  const key = Places.key(useConnectionName(), `scroll ${name}`);
  const box = useRef<Box>(null);
  const wanted = useRef(name === null ? 0 : ((places.get(key) as number | undefined) ?? 0));
  const put = useRef(0);
  useLayoutEffect(() => {
    const there = box.current;
    if (!there || wanted.current === 0) return;
    there.scrollTop = wanted.current;
    put.current = there.scrollTop;
    if (Math.abs(put.current - wanted.current) < 2) wanted.current = 0;
  });
  return {
    box,
    /** Whether a place is still to be reached. */
    isWanted: () => wanted.current !== 0,
    onScroll: () => {
      const top = box.current?.scrollTop ?? 0;
      if (wanted.current !== 0 && Math.abs(top - put.current) < 2) return;
      wanted.current = 0;
      if (name !== null) places.set(key, top);
    },
  };
}

/** Which policy the retention screen shows; `null` is the first one. */
export const useShownPolicy = () => usePlace<string | null>("policy", null);
