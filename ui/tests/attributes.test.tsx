import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { changesOf, decide, noStaging, read, stage, typeOf } from "../src/screens/guests/staging";
import { openFirstGuest, openWindow } from "./window";

const box = (name: string) => screen.getByRole("textbox", { name }) as HTMLInputElement;

test("edits are shown as a diff, and saved together by one button that says how many", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  const { user, org } = window;
  await user.clear(box("source"));
  await user.type(box("source"), "kiosk");
  await user.click(screen.getByRole("button", { name: "Add attribute" }));
  await user.type(screen.getByRole("textbox", { name: "Key" }), "note");
  await user.type(screen.getByRole("textbox", { name: "Value" }), "call back");
  await user.click(screen.getByRole("button", { name: "Add" }));

  const diff = screen.getByRole("list", { name: "Staged changes" }).textContent;
  expect(diff).toContain('− source: "web-messaging"');
  expect(diff).toContain('+ source: "kiosk"');
  expect(diff).toContain('+ note: "call back"');
  expect((await org.guest(id)).attributes.source).toBe("web-messaging");

  await user.click(screen.getByRole("button", { name: "Save 2 changes" }));
  await waitFor(() => expect(screen.queryByRole("list", { name: "Staged changes" })).toBeNull());
  expect((await org.guest(id)).attributes).toMatchObject({ source: "kiosk", note: "call back" });
});

test("discard puts everything back and writes nothing", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  const { version } = await window.org.guest(id);
  await window.user.type(box("source"), "!");
  expect(screen.getByRole("button", { name: "Save 1 change" })).toBeTruthy();
  await window.user.click(screen.getByRole("button", { name: "Discard" }));
  await window.user.click(await screen.findByRole("button", { name: "Discard 1 draft" }));
  await waitFor(() => expect(box("source").value).toBe("web-messaging"));
  expect((await window.org.guest(id)).version).toBe(version);
});

test("Ctrl Enter saves", async () => {
  const window = await openWindow();
  const id = await openFirstGuest(window);
  await window.user.type(box("source"), "2");
  await window.user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(async () => expect((await window.org.guest(id)).attributes.source).toBe("web-messaging2"));
});

describe("someone else changed the same attribute meanwhile", () => {
  async function conflicted() {
    const window = await openWindow();
    const id = await openFirstGuest(window);
    await window.user.clear(box("source"));
    await window.user.type(box("source"), "kiosk");
    await window.org.change(id, { attributes: { source: "phone" } });
    await window.user.click(screen.getByRole("button", { name: "Save 1 change" }));
    const sides = await screen.findByRole("region", { name: "Conflict in source" });
    expect(sides.textContent).toContain('You saw"web-messaging"');
    expect(sides.textContent).toContain('Yours"kiosk"');
    expect(sides.textContent).toContain('Theirs"phone"');
    expect((await window.org.guest(id)).attributes.source).toBe("phone");
    return { window, id, sides };
  }

  test("keep mine saves over theirs, knowingly", async () => {
    const { window, id, sides } = await conflicted();
    await window.user.click(within(sides).getByRole("button", { name: "Keep mine" }));
    await window.user.click(screen.getByRole("button", { name: "Save 1 change" }));
    await waitFor(async () => expect((await window.org.guest(id)).attributes.source).toBe("kiosk"));
  });

  test("take theirs drops the edit", async () => {
    const { window, id, sides } = await conflicted();
    await window.user.click(within(sides).getByRole("button", { name: "Take theirs" }));
    await waitFor(() => expect(box("source").value).toBe("phone"));
    expect((await window.org.guest(id)).attributes.source).toBe("phone");
    expect(screen.queryByRole("button", { name: /^Save/ })).toBeNull();
  });
});

describe("staging", () => {
  test("what was seen first stays the ground of the edit, whatever arrives meanwhile", () => {
    const once = stage(noStaging, "tier", { value: "gold" }, { type: "text", typed: "vip" });
    const twice = stage(once, "tier", { value: "silver" }, { type: "text", typed: "vip!" });
    expect(changesOf(twice)).toEqual([{ key: "tier", before: { value: "gold" }, after: { value: "vip!" } }]);
  });

  test("an edit back to what was seen is no change", () => {
    const once = stage(noStaging, "n", { value: 1 }, { type: "number", typed: "2" });
    expect(stage(once, "n", { value: 1 }, { type: "number", typed: "1" }).size).toBe(0);
  });

  test("a key that was absent stays absent as the ground of the edit", () => {
    const once = stage(noStaging, "new", null, { type: "text", typed: "a" });
    const twice = stage(once, "new", { value: "theirs" }, { type: "text", typed: "b" });
    expect(changesOf(twice)).toEqual([{ key: "new", before: null, after: { value: "b" } }]);
  });

  test("null and absent are two things", () => {
    const toNull = stage(noStaging, "k", { value: "x" }, { type: "empty", typed: "" });
    expect(changesOf(toNull)).toEqual([{ key: "k", before: { value: "x" }, after: { value: null } }]);
    const gone = stage(noStaging, "k", { value: "x" }, { type: null, typed: "" });
    expect(changesOf(gone)).toEqual([{ key: "k", before: { value: "x" }, after: null }]);
  });

  test("a number that does not read blocks the save and says what is allowed", () => {
    expect(changesOf(stage(noStaging, "n", { value: 1 }, { type: "number", typed: "one" }))).toBeNull();
    expect(read("number", "one")).toEqual({ problem: expect.stringContaining("number") });
    expect(read("date", "2026-02-31x")).toEqual({ problem: expect.stringContaining("date") });
  });

  test("keeping mine takes theirs as the new ground", () => {
    const mine = stage(noStaging, "k", { value: "a" }, { type: "text", typed: "mine" });
    const conflict = { key: "k", base: { value: "a" }, ours: { value: "mine" }, theirs: { value: "b" } };
    expect(changesOf(decide(mine, conflict, "mine"))).toEqual([
      { key: "k", before: { value: "b" }, after: { value: "mine" } },
    ]);
    expect(decide(mine, conflict, "theirs").size).toBe(0);
  });

  test.each([
    ["text", "text"],
    ["2026-01-31T09:30:00Z", "date"],
    ["2026-01-31", "date"],
    [4, "number"],
    [false, "yesNo"],
    [null, "empty"],
  ] as const)("%s is edited as %s", (value, type) => {
    expect(typeOf(value)).toBe(type);
  });
});
