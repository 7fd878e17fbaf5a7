import { useQueries } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { LabChatView, LabRowView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { PAGE } from "../../parts/use-pages";
import { keys } from "../../queries";

/** The lines of a chat that are on the screen, and its last ones, by which is known what can still be answered. */
export function useTranscript(chat: LabChatView) {
  const core = useCore();
  const [shown, setShown] = useState({ first: chat.rows, last: chat.rows });
  const lastPage = Math.max(0, Math.ceil(chat.rows / PAGE) - 1);
  const from = Math.min(Math.floor(shown.first / PAGE), lastPage);
  const to = Math.min(Math.floor(shown.last / PAGE), lastPage);
  const numbers = [...new Set([...Array.from({ length: to - from + 1 }, (_, step) => from + step), lastPage])];
  const results = useQueries({
    queries: numbers.map((number) => ({
      queryKey: keys.labTranscript(chat.id, number * PAGE),
      queryFn: () => core.labTranscript(chat.id, number * PAGE, PAGE),
    })),
  });
  const pages = new Map(numbers.map((number, place) => [number, results[place]?.data]));
  const tail = pages.get(lastPage);
  const onVisible = useCallback(
    (first: number, last: number) =>
      setShown((old) => (old.first === first && old.last === last ? old : { first, last })),
    [],
  );
  return {
    /** `undefined` before the first answer. */
    total: tail?.total,
    dropped: tail?.dropped ?? 0,
    tail: tail?.rows ?? null,
    rowAt: (index: number): LabRowView | undefined => pages.get(Math.floor(index / PAGE))?.rows[index % PAGE],
    onVisible,
    problem: results.find((result) => result.error)?.error ?? null,
    retry: () => {
      for (const result of results) if (result.isError) void result.refetch();
    },
  };
}
