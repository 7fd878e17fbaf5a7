import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { openWindow } from "./window";

const KEEP = "Keep delivering in the tray when the window is closed";

test("where there is a tray, a person may keep delivering after closing the window; first it quits", async () => {
  const { core, user } = await openWindow("#/settings", { tray: true });
  const keep = await screen.findByRole("switch", { name: KEEP });
  expect((keep as HTMLInputElement).checked).toBe(false);
  await user.click(keep);
  expect((keep as HTMLInputElement).checked).toBe(true);
  await waitFor(async () => expect((await core.preferences()).keepInTray).toBe(true));
});

test("without a tray the window does not offer to live in one", async () => {
  await openWindow("#/settings");
  expect(await screen.findByRole("button", { name: "Add connection" })).toBeTruthy();
  expect(screen.queryByRole("switch", { name: KEEP })).toBeNull();
});

test("the chat gateway is opened at a port, shows its address, and is closed again", async () => {
  const { core, user } = await openWindow("#/settings");
  const card = within(await screen.findByRole("region", { name: "Chat gateway" }));
  const port = await card.findByLabelText("Port");
  await user.clear(port);
  await user.type(port, "0");
  await user.type(card.getByLabelText("Origin of the page"), "http://localhost:5173");
  await user.click(card.getByRole("button", { name: "Open gateway" }));
  await card.findByRole("button", { name: "Close gateway" });
  const { url } = await core.gatewayStatus();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(card.getByText(url ?? "")).toBeTruthy();
  await user.click(card.getByRole("button", { name: "Close gateway" }));
  expect(await card.findByRole("button", { name: "Open gateway" })).toBeTruthy();
  expect((await core.gatewayStatus()).url).toBeNull();
});

test("what the gateway is refused stands at its field, and nothing is opened", async () => {
  const { core, user } = await openWindow("#/settings");
  const card = within(await screen.findByRole("region", { name: "Chat gateway" }));
  const port = await card.findByLabelText("Port");
  await user.clear(port);
  await user.type(port, "70000");
  await user.click(card.getByRole("button", { name: "Open gateway" }));
  expect(await card.findByText(/from 0 to 65,535/)).toBeTruthy();
  await user.clear(port);
  await user.type(port, "0");
  await user.type(card.getByLabelText("Origin of the page"), "*");
  await user.click(card.getByRole("button", { name: "Open gateway" }));
  await waitFor(() => expect(card.getByLabelText("Origin of the page").getAttribute("aria-invalid")).toBe("true"));
  expect((await core.gatewayStatus()).url).toBeNull();
});

test("pages from elsewhere come in only after a person's yes, which no page can give", async () => {
  const { bridge, core, user } = await openWindow("#/settings");
  const card = within(await screen.findByRole("region", { name: "Chat gateway" }));
  await user.clear(await card.findByLabelText("Port"));
  await user.type(card.getByLabelText("Port"), "0");
  await user.type(card.getByLabelText("Origin of the page"), "https://chat.example");
  await user.click(card.getByRole("button", { name: "Open gateway" }));
  expect(await screen.findByText(/Nobody said yes to https:\/\/chat\.example/)).toBeTruthy();
  expect((await core.gatewayStatus()).url).toBeNull();
  await bridge.person({ confirm: true });
  await user.click(card.getByRole("button", { name: "Open gateway" }));
  expect(await card.findByRole("button", { name: "Close gateway" })).toBeTruthy();
  expect(await bridge.asked()).toHaveLength(2);
});

test("another connection is used without the gateway of the one before", async () => {
  const { core, user } = await openWindow("#/settings", { second: true });
  const port = await screen.findByLabelText("Port");
  await user.clear(port);
  await user.type(port, "0");
  await user.click(await screen.findByRole("button", { name: "Open gateway" }));
  expect(await screen.findByRole("button", { name: "Close gateway" })).toBeTruthy();
  const other = (await core.connectionsList()).find((connection) => !connection.current);
  expect(other).toBeDefined();
  await act(() => core.connectionUse(other?.name ?? ""));
  expect(await screen.findByRole("button", { name: "Open gateway" })).toBeTruthy();
});
