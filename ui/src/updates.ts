import type { Query, QueryClient } from "@tanstack/react-query";
import type { OnlineView, Snapshot, Topic, Update } from "./ipc/bindings";
import type { Core } from "./ipc/core";
import { keys, topics } from "./queries";

/**
 * Subscribes and keeps the query cache in step: the status is written into it, stale topics are asked for again.
 * A gap in the numbers means that something was missed: subscribe again and take everything as stale.
 */
export function follow(core: Core, client: QueryClient, failed: (problem: unknown) => void): () => void {
  const refresh = refresher(client);
  let generation = 0;

  async function start(again: boolean) {
    const mine = ++generation;
    // Updates can arrive before the snapshot does.
    const early: Update[] = [];
    let last: number | null = null;

    function take(update: Update) {
      if (mine !== generation) return;
      if (last === null) {
        early.push(update);
        return;
      }
      if (update.number <= last) return;
      if (update.number > last + 1) {
        void start(true);
        return;
      }
      last = update.number;
      write(client, (old) => ({ ...old, number: update.number, status: update.status, failure: update.failure }));
      for (const topic of update.stale) refresh(topic);
    }

    try {
      const snapshot = await core.subscribe(take);
      if (mine !== generation) return;
      write(client, () => snapshot, snapshot);
      last = snapshot.number;
      if (again) for (const topic of topics) refresh(topic);
      for (const update of early) take(update);
    } catch (problem) {
      if (mine === generation) failed(problem);
    }
  }

  void start(false);
  return () => {
    generation += 1;
  };
}

/** Another connection is another org: nothing of the old one may stay on the screen. */
function write(client: QueryClient, change: (old: Snapshot) => Snapshot, first?: Snapshot) {
  const old = client.getQueryData<Snapshot>(keys.snapshot) ?? first;
  if (!old) return;
  const next = change(old);
  client.setQueryData(keys.snapshot, next);
  if (
    old.status.connection?.name !== next.status.connection?.name ||
    (old.failure !== null) !== (next.failure !== null)
  ) {
    void client.resetQueries({ predicate: (query) => topics.some((topic) => topic === query.queryKey[0]) });
  } else if (isBack(old.status.online, next.status.online)) {
    askAgain(client);
  }
}

/** Asks again for what could not be asked, also where that is only about to be said. */
function askAgain(client: QueryClient) {
  const underWay = client.getQueryCache().findAll({ fetchStatus: "fetching" });
  void client.invalidateQueries({ predicate: (query) => query.state.status === "error" });
  for (const { queryKey, promise } of underWay) {
    promise?.catch(() => client.invalidateQueries({ queryKey, exact: true }));
  }
}

/** The org can be reached again: what could not be asked is asked now. */
function isBack(was: OnlineView, is: OnlineView): boolean {
  return (
    (!was.switchedOn && is.switchedOn) ||
    (!was.answering && is.answering) ||
    (was.reachable === false && is.reachable === true)
  );
}

/** One refetch per topic at a time; a topic that goes stale meanwhile is asked for once more afterwards. */
function refresher(client: QueryClient) {
  const running = new Map<Topic, { again: boolean }>();

  return function refresh(topic: Topic) {
    const current = running.get(topic);
    if (current) {
      current.again = true;
      return;
    }
    const ofTopic = { queryKey: [topic] };
    // A fetch that nothing on the screen waits for may have been answered before the change, and its answer would count
    // as fresh. Without it the query stays stale, and is asked for when something shows it again.
    void client.cancelQueries({ ...ofTopic, type: "inactive" });
    // A first fetch on the screen may have been answered before the change too, and is not restarted by invalidation.
    const unanswered = (query: Query) => query.state.data === undefined;
    const firstFetches = client.isFetching({ ...ofTopic, type: "active", predicate: unanswered });
    const state = { again: firstFetches > 0 };
    running.set(topic, state);
    void client.invalidateQueries(ofTopic).finally(() => {
      running.delete(topic);
      if (state.again) refresh(topic);
    });
  };
}
