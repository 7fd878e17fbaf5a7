import type { FailureCode, Snapshot, Status, Topic, Update } from "../src/ipc/bindings";
import { type Core, CoreFailure, tauriCore } from "../src/ipc/core";

type Answer<Name extends keyof Core> = Awaited<ReturnType<Core[Name]>>;

/**
 * The real core with a hand between it and the page: failures, lost updates, answers that take their time, and what no
 * story can bring about. What can be brought about for real is.
 */
export type StubbedCore = Core & {
  /** Makes the next call of a command fail; it does not reach the core. */
  failNext: (command: keyof Core, code: FailureCode) => void;
  /** An update that the page never gets: the next one shows the gap. */
  loseUpdate: () => void;
  /** Keeps the answers of a command back until what this gives is called. */
  holdBack: (command: keyof Core) => () => void;
  /** Changes what a command answers, from now on. */
  alter: <Name extends keyof Core>(command: Name, change: (answer: Answer<Name>) => Answer<Name>) => void;
  /** Tells the page at once, over what the core says of it from now on. */
  tell: (part: Partial<Status>, ...stale: Topic[]) => void;
};

/** The org's request behind a failure that was asked for. */
export const CORRELATION = "5b0c1d2e-corr";

export function stubbedCore(): StubbedCore {
  const real = tauriCore();
  const failing = new Map<keyof Core, FailureCode>();
  const held = new Map<keyof Core, Promise<void>>();
  const altered = new Map<keyof Core, (answer: never) => unknown>();
  const commands = Object.fromEntries(
    (Object.keys(real) as (keyof Core)[]).map((name) => {
      const command = real[name] as (...input: unknown[]) => Promise<unknown>;
      return [name, (...input: unknown[]) => between(name, () => command(...input))];
    }),
  ) as unknown as Core;

  async function between(name: keyof Core, call: () => Promise<unknown>) {
    const code = failing.get(name);
    if (code) {
      failing.delete(name);
      throw failure(name, code);
    }
    const answer = await call();
    await held.get(name);
    const change = altered.get(name);
    return change ? change(answer as never) : answer;
  }

  // The page counts the updates: one that is made here moves the numbers of all that follow.
  let last: Update | null = null;
  let made = 0;
  let over: Partial<Status> = {};
  let page: (update: Update) => void = () => {};

  async function subscribe(onUpdate: (update: Update) => void): Promise<Snapshot> {
    page = onUpdate;
    last = null;
    made = 0;
    const snapshot = await commands.subscribe((update) => {
      if (page !== onUpdate) return;
      last = update;
      onUpdate({ ...update, number: update.number + made, status: { ...update.status, ...over } });
    });
    const status = { ...snapshot.status, ...over };
    last ??= { number: snapshot.number, stale: [], status, failure: snapshot.failure };
    return { ...snapshot, status };
  }

  function tell(part: Partial<Status>, ...stale: Topic[]) {
    if (!last) throw new Error("the page has not subscribed yet");
    over = { ...over, ...part };
    made += 1;
    page({ ...last, number: last.number + made, stale, status: { ...last.status, ...over } });
  }

  return {
    ...commands,
    subscribe,
    tell,
    failNext: (command, code) => void failing.set(command, code),
    alter: (command, change) => void altered.set(command, change),
    loseUpdate: () => {
      made += 1;
    },
    holdBack: (command) => {
      let letGo = () => {};
      held.set(
        command,
        new Promise((resolve) => {
          letGo = resolve;
        }),
      );
      return () => {
        held.delete(command);
        letGo();
      };
    },
  };
}

function failure(command: keyof Core, code: FailureCode): CoreFailure {
  const told = {
    code,
    message: `The story let this fail with ${code}.`,
    next: "",
    fields: [],
    retryAfterMs: null,
    correlationId: CORRELATION,
  };
  return new CoreFailure(told, command);
}
