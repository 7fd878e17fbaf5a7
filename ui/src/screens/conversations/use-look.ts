import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { ChatStandingView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import type { Core } from "../../ipc/core";
import { keys, useConnectionName, useLimits } from "../../queries";

/** Conversations that are asked about together; between two such parts a person can stop. */
const BATCH = 25;

type Look = {
  /** What is looked for; what was found for it stays, marked, while it is looked for anew. */
  search: unknown;
  /** Which reading of the list the ids are of. */
  reading: number;
  /** Who is asked, in the order of the list; `null` until the list is read. */
  ids: string[] | null;
  /** Questions that one of them costs at most. */
  each: number;
  ask: (core: Core, ids: string[]) => Promise<ChatStandingView[]>;
};

/** Where a look stands: a person has to say yes, it goes on, a person stopped it, it failed, or all were asked. */
type LookStage = "waits" | "asks" | "looks" | "stopped" | "failed" | "done";

/** What was found by a look that ended. */
type Former = { of: string; asked: Set<string>; found: Map<string, ChatStandingView> };

/** Asks many conversations one by one for what only they can tell, part by part: many only after a person has said yes. */
export function useLook({ search, reading, ids, each, ask }: Look) {
  const core = useCore();
  const { unaskedQuestions } = useLimits();
  const key = keys.chatsLooked(useConnectionName(), search, reading);
  const [of, mine] = [JSON.stringify(search), JSON.stringify(key)];
  const [word, setWord] = useState({ key: mine, confirmed: false, stopped: false });
  const { confirmed, stopped } = word.key === mine ? word : { confirmed: false, stopped: false };
  const [former, setFormer] = useState<Former | null>(null);
  const all = ids ?? [];

  const pages = useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam }) => ({
      upto: Math.min(all.length, pageParam + BATCH),
      found: await ask(core, all.slice(pageParam, pageParam + BATCH)),
    }),
    initialPageParam: 0,
    getNextPageParam: ({ upto }) => (upto < all.length ? upto : undefined),
    // Each part is asked for below, so that a person can stop in between.
    enabled: false,
  });
  const { data } = pages;
  const looked = Math.min(all.length, data?.pages.at(-1)?.upto ?? 0);
  const found = useMemo(
    () => new Map(data?.pages.flatMap((page) => page.found).map((standing) => [standing.id, standing])),
    [data],
  );
  const places = useMemo(() => new Map(ids?.map((id, place) => [id, place])), [ids]);
  const questions = (all.length - looked) * each;
  const stage = stageOf();

  function stageOf(): LookStage {
    if (ids === null) return "waits";
    if (questions === 0) return "done";
    if (pages.error !== null) return "failed";
    if (stopped) return "stopped";
    return all.length * each > unaskedQuestions && !confirmed ? "asks" : "looks";
  }

  useEffect(() => {
    if (stage === "looks" && !pages.isFetching) void pages.fetchNextPage();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: kept once, when all were asked
  useEffect(() => {
    if (stage === "done") setFormer({ of, asked: new Set(all), found });
  }, [stage, of, found]);

  const old = former?.of === of ? former : null;
  return {
    stage,
    looked,
    all: all.length,
    /** Questions that are left, at most. */
    questions,
    problem: pages.error,
    /** Some rows still show what was found by the look before. */
    showsOld: stage !== "done" && old !== null,
    /** `undefined` for one that was not asked yet, `null` for one that is not what is looked for. */
    standingOf(id: string): ChatStandingView | null | undefined {
      const place = places.get(id);
      if (place !== undefined && place < looked) return found.get(id) ?? null;
      return old?.asked.has(id) ? (old.found.get(id) ?? null) : undefined;
    },
    confirm: () => setWord({ key: mine, confirmed: true, stopped: false }),
    stop: () => setWord({ key: mine, confirmed, stopped: true }),
    goOn: () => setWord({ key: mine, confirmed: true, stopped: false }),
    retry: () => void pages.fetchNextPage(),
  };
}

export type Looked = ReturnType<typeof useLook>;
