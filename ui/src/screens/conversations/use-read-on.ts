import { useEffect, useState } from "react";
import type { useChats } from "../guests/use-chats";

/** Reads a list to its end, page by page, unless a person stops it or says that what was read is enough. */
export function useReadOn(read: ReturnType<typeof useChats>, search: string) {
  const [word, setWord] = useState({ search, stopped: false, enough: false });
  const { stopped, enough } = word.search === search ? word : { stopped: false, enough: false };
  const { isWhole, more } = read;
  useEffect(() => {
    if (!isWhole && !stopped && !enough) more();
  });
  return {
    /** All was read, or a person said that it is enough. */
    isEnough: isWhole || enough,
    isStopped: stopped && !enough && !isWhole,
    stop: () => setWord({ search, stopped: true, enough: false }),
    goOn: () => setWord({ search, stopped: false, enough: false }),
    take: () => setWord({ search, stopped: false, enough: true }),
  };
}

export type ReadOn = ReturnType<typeof useReadOn>;
