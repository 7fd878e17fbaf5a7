import { usePlace } from "../places";
import { go, screenHref } from "../routes";

/** Which chat of the chat lab is chosen. */
export const useChosenChat = () => usePlace<string | null>("lab chat", null);

/** In which chat the cursor is put once the chat is on the screen. */
export const useWrittenIn = () => usePlace<string | null>("lab written in", null);

/** Leads to a chat of the chat lab, with the cursor where its guest writes. */
export function useShowChat() {
  const [, choose] = useChosenChat();
  const [, writeIn] = useWrittenIn();
  return (chat: string) => {
    choose(chat);
    writeIn(chat);
    go(screenHref("chat-lab"));
  };
}
