import type { ChatView, GuestView } from "../ipc/bindings";

/** So long after the last interaction a contact expires that the org made by itself, in days. */
const KEPT_DAYS = 60;
const DAY = 24 * 3_600_000;

export type Expiry = {
  /** RFC 3339. */
  at: string;
  /** A later interaction than those that are known may move it. */
  about: boolean;
};

/** When the org lets a guest expire, as far as their interactions are known: the beginning of the contact, and `chats` of theirs.
 * `null` for one who does not expire, and where nothing can be told. */
export function expiryOf(
  { kind, createdTime }: Pick<GuestView, "kind" | "createdTime">,
  chats: Pick<ChatView, "startTime" | "endTime">[],
  now: number,
): Expiry | null {
  if (kind === null || kind === "curated") return null;
  const newest = chats.reduce<(typeof chats)[number] | null>(
    (best, chat) => (best === null || Date.parse(chat.startTime) > Date.parse(best.startTime) ? chat : best),
    null,
  );
  const known = [createdTime, ...chats.flatMap(({ startTime, endTime }) => [startTime, endTime ?? startTime])];
  const last = Math.max(...known.map((time) => Date.parse(time)));
  const at = last + KEPT_DAYS * DAY;
  // One who is there though the known interactions are older had others.
  if (Number.isNaN(at) || at <= now) return null;
  return { at: new Date(at).toISOString(), about: newest === null || newest.endTime === null };
}
