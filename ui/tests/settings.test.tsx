import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { openWindow } from "./window";

const KEEP = "Keep delivering in the tray when the window is closed";

test("where there is a tray, a person may keep delivering after closing the window; first it quits", async () => {
  const { core, user } = await openWindow("#/settings", { tray: true });
  const keep = await screen.findByRole("switch", { name: KEEP });
  expect((keep as HTMLInputElement).checked).toBe(false);
  await user.click(keep);
  expect((keep as HTMLInputElement).checked).toBe(true);
  expect((await core.preferences()).keepInTray).toBe(true);
});

test("without a tray the window does not offer to live in one", async () => {
  await openWindow("#/settings");
  expect(await screen.findByRole("button", { name: "Add connection" })).toBeTruthy();
  expect(screen.queryByRole("switch", { name: KEEP })).toBeNull();
});
