import { useRef, useState } from "react";
import type { LabAnswer } from "../../ipc/bindings";
import { useCommand } from "../../queries";

export type Answers = {
  /** Whether the guest has answered the message of this key in this window. */
  isGiven: (message: string) => boolean;
  give: (answer: LabAnswer) => void;
};

/** Where nothing is answered. */
export const noAnswers: Answers = { isGiven: () => false, give: () => undefined };

/** Answers to what the messages of a chat offer: each message once, however fast a person presses. */
export function useAnswers(chat: string): Answers {
  // Two presses can come before the page is drawn again.
  const given = useRef(new Set<string>());
  const [, drawAgain] = useState(0);
  const answer = useCommand((core, what: LabAnswer) => core.labAnswer(chat, crypto.randomUUID(), what), {
    scope: `lab ${chat}`,
    stale: ["chatLab"],
    failed: (_problem, { message }) => {
      given.current.delete(message);
      drawAgain((old) => old + 1);
    },
  });
  return {
    isGiven: (message) => given.current.has(message),
    give: (what) => {
      if (given.current.has(what.message)) return;
      given.current.add(what.message);
      answer.mutate(what);
    },
  };
}
