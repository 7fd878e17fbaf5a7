import type { MantineColor } from "@mantine/core";
import type { SessionAnswer } from "../ipc/bindings";

/** The four answers to "is this guest's session still good?" in words: the only place where they get them. */
export const sessionWords: Record<SessionAnswer, { title: string; color: MantineColor; meaning: string }> = {
  valid: { title: "Session is valid", color: "teal", meaning: "They can go on chatting." },
  missing: {
    title: "Session token is missing",
    color: "yellow",
    meaning: "Nothing could be compared: a page that sends none has to start a new chat.",
  },
  invalid: {
    title: "Session is invalid or expired",
    color: "red",
    meaning: "A page that has this token has to start a new chat.",
  },
  gone: {
    title: "Session is gone",
    color: "orange",
    meaning: "It was open once; its conversation is closed by now.",
  },
};
