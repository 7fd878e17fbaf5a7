import { expect, test } from "vitest";
import { expiryOf } from "../src/states/expiry";

const now = Date.parse("2026-11-30T10:00:00Z");
const guest = { kind: "ephemeral", createdTime: "2026-11-01T10:00:00Z" } as const;
const chat = (startTime: string, endTime: string | null) => ({ startTime, endTime });

test("a guest expires 60 days after the end of the newest conversation", () => {
  const chats = [
    chat("2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z"),
    chat("2026-11-20T10:00:00Z", "2026-11-20T11:30:00Z"),
  ];
  expect(expiryOf(guest, chats, now)).toEqual({ at: "2027-01-19T11:30:00.000Z", about: false });
});

test("where only a lower bound is known, that is said: a conversation without an end, or none that is known", () => {
  const open = [chat("2026-11-20T10:00:00Z", null)];
  expect(expiryOf(guest, open, now)).toEqual({ at: "2027-01-19T10:00:00.000Z", about: true });
  expect(expiryOf(guest, [], now)).toEqual({ at: "2026-12-31T10:00:00.000Z", about: true });
});

test("nothing is said of who does not expire, nor where what is known lies too far back", () => {
  const ended = [chat("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")];
  expect(expiryOf({ ...guest, kind: "curated" }, ended, now)).toBeNull();
  expect(expiryOf({ ...guest, kind: null }, ended, now)).toBeNull();
  expect(expiryOf({ ...guest, createdTime: "2026-09-01T10:00:00Z" }, [], now)).toBeNull();
});
