import type { LabChatView } from "../../ipc/bindings";

/** What is asked, or chosen, about a chat in a dialog. */
export type LabDialog =
  | { kind: "again" | "newSession" | "clear" | "end" | "save" | "export"; chat: LabChatView }
  | { kind: "start" | "resume" };
