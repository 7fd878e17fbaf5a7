import { countOf } from "../format";
import type { EntryView, InTime, ManyInTime } from "../ipc/bindings";
import { tell } from "./tell";

export const PERHAPS = "An earlier try may have reached the org.";

export const tellLate = () => tell("Too late", "The message was already on its way; nothing changed.", "yellow");

/** Why the text of a message cannot be changed now; `null` where it can. `undefined` is a message that has left the outbox. */
export function fixedWords(message: EntryView | undefined): string | null {
  switch (message?.state) {
    case undefined:
      return "This message is not in the outbox any more";
    case "delivered":
      return "This message was delivered meanwhile";
    case "discarded":
      return "This message was discarded meanwhile";
    case "sending":
      return "This message is on its way";
    case "uncertain":
      return "An earlier try of this message may have reached the org";
    default:
      return null;
  }
}

/** In time, in words; with what an earlier try may have done. */
export function tellOne({ inTime, perhapsSent }: InTime, title: string, message: string) {
  if (!inTime) tellLate();
  else tell(title, perhapsSent ? `${message} ${PERHAPS}` : message, "gray");
}

/** The same of many at once. */
export function manyWords({ changed, late, perhapsSent }: ManyInTime): string {
  const words = [`${countOf(changed, "message")} in time`];
  if (late > 0) words.push(`${countOf(late, "message")} too late`);
  if (perhapsSent > 0) words.push(`of ${countOf(perhapsSent, "message")} an earlier try may have reached the org`);
  return `${words.join(", ")}.`;
}
