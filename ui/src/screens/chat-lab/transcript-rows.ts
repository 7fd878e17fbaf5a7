import { dayInFull } from "../../format";
import type { LabButtonView, LabCardView, LabRowView } from "../../ipc/bindings";

/** How a line of the transcript is drawn, by its neighbours. */
export type Place = {
  /** The day stands above it, where it is the first of that day. */
  day: string | null;
  /** It is the first of its sender in a row. */
  first: boolean;
  /** "Delivered" stands below the last of the guest's messages only. */
  lastOwn: boolean;
  /** Nothing was written as the guest since, so what it offers can still be answered. */
  open: boolean;
  /** Whether that is known already. */
  known: boolean;
};

/** `lastOwn` is the number of the guest's last message; `null` while that is not known. */
export function placeOf(row: LabRowView, before: LabRowView | undefined, lastOwn: number | null): Place {
  const day = dayInFull(row.at);
  const sameDay = before !== undefined && dayInFull(before.at) === day;
  return {
    day: sameDay ? null : day,
    first: !sameDay || before.kind !== row.kind || before.nickname !== row.nickname,
    lastOwn: row.number === lastOwn,
    open: lastOwn !== null && row.number > lastOwn,
    known: lastOwn !== null,
  };
}

/** The number of the guest's last message among the last lines; 0 where none of them is the guest's. */
export const lastOwnOf = (tail: LabRowView[]): number => tail.findLast(({ kind }) => kind === "guest")?.number ?? 0;

/** The quick replies below the transcript: those of its last message, where that is one to the guest. */
export function offeredReplies(tail: LabRowView[]): { message: string; choices: LabButtonView[] } {
  const last = tail.findLast(({ kind }) => kind !== "event");
  if (last === undefined || last.key === null || last.kind === "guest") return { message: "", choices: [] };
  const choices = last.content.flatMap((part) => (part.type === "quickReply" ? [part.button] : []));
  return { message: last.key, choices };
}

/** Whether a message offers something that is answered where it stands. */
export const offersAnswers = ({ content }: LabRowView): boolean =>
  content.some((part) => {
    switch (part.type) {
      case "card":
        return hasButton(part.card);
      case "carousel":
        return part.cards.some(hasButton);
      default:
        return part.type === "datePicker" || part.type === "listPicker" || part.type === "form";
    }
  });

const hasButton = ({ actions, defaultAction }: LabCardView): boolean =>
  [...actions, ...(defaultAction ? [defaultAction] : [])].some(({ isLink }) => !isLink);
