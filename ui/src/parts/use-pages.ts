import { type QueryKey, useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

/** Rows of one page. */
export const PAGE = 100;

type Source<Page, Row> = {
  keyOf: (offset: number) => QueryKey;
  fetch: (offset: number) => Promise<Page>;
  rowsOf: (page: Page) => Row[];
  totalOf: (page: Page) => number;
  /** A value that the rows depend on. Pages that were read at another value are read anew, and are shown until then. */
  at?: string;
};

/** The pages of a long list that are on the screen, and no others. */
export function usePages<Page, Row>({ keyOf, fetch, rowsOf, totalOf, at }: Source<Page, Row>) {
  const [rows, setRows] = useState({ first: 0, last: 0 });
  const from = Math.floor(rows.first / PAGE);
  const to = Math.floor(rows.last / PAGE);
  const numbers = Array.from({ length: to - from + 1 }, (_, step) => from + step);
  const results = useQueries({
    queries: numbers.map((number) => ({
      queryKey: keyOf(number * PAGE),
      queryFn: async () => ({ page: await fetch(number * PAGE), at }),
    })),
  });
  // A page is read once at a time: what changes while it is read is found when its answer is there.
  useEffect(() => {
    for (const { data, isFetching, isError, refetch } of results) {
      if (data !== undefined && data.at !== at && !isFetching && !isError) void refetch();
    }
  });
  const loaded = results.flatMap((result) => (result.data === undefined ? [] : [result.data.page]));
  const [first] = loaded;
  const onVisible = useCallback(
    (start: number, end: number) =>
      setRows((old) => (old.first === start && old.last === end ? old : { first: start, last: end })),
    [],
  );
  return {
    /** The pages that are there. */
    loaded,
    /** `undefined` before the first answer. */
    total: first === undefined ? undefined : totalOf(first),
    rowAt: (index: number): Row | undefined => {
      const page = results[Math.floor(index / PAGE) - from]?.data?.page;
      return page === undefined ? undefined : rowsOf(page)[index % PAGE];
    },
    onVisible,
    problem: results.find((result) => result.error)?.error ?? null,
    retry: () => {
      for (const result of results) if (result.isError) void result.refetch();
    },
  };
}
