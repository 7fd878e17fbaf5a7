import { readFileSync } from "node:fs";
import { join } from "node:path";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { fillConnection as fill, noDialog, openFirstGuest, openWindow, press, put, type TestWindow } from "./window";

const ALL = [
  "externalContacts:contact:view",
  "externalContacts:contact:edit",
  "externalContacts:contact:delete",
  "externalContacts:identity:promote",
  "externalContacts:customFields:view",
  "analytics:conversationDetail:view",
  "conversation:communication:view",
  "conversation:message:view",
  "recording:recording:view",
];

const without = (...names: string[]) => ALL.filter((name) => !names.includes(name));

const names = async ({ core }: TestWindow) => (await core.connectionsList()).map(({ name }) => name);

test("from nothing to guests on the screen: what is needed, the org, a tick for each permission, use", async () => {
  const window = await openWindow("#/settings/connect", { second: true });
  const { core, user } = window;
  const needs = within(await screen.findByRole("table", { name: "What the client needs" }));
  for (const name of ALL) expect(needs.getByText(name)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Test and add" }));
  expect(await screen.findByText("The secret of the OAuth client.")).toBeTruthy();
  await fill(window);
  await press(window, "Test and add");

  const ticks = within(await screen.findByRole("list", { name: "Permissions" }));
  expect(ticks.getAllByRole("img", { name: "Granted:" })).toHaveLength(ALL.length);
  expect(screen.getByText(/Nothing that the console needs is missing/)).toBeTruthy();
  expect(screen.getByText(/It is read-only/)).toBeTruthy();
  expect(document.body.innerHTML).not.toContain("Client secret");
  const [added] = (await core.connectionsList()).filter(({ name }) => name === "Live");
  expect(added).toMatchObject({ dialect: "genesys-cloud", kind: "production", readOnly: true });

  await press(window, "Use this connection");
  expect(await screen.findByText("Live · Production · read-only")).toBeTruthy();
  expect(location.hash).toBe("#/guests");
});

test("read-only is lifted only after a yes that no page can give", async () => {
  const window = await openWindow("#/settings/connect", { second: true });
  await fill(window);
  await press(window, "Test and add");
  await press(window, "Lift read-only…");
  expect(await screen.findByText(/Nobody said yes to the change of Live/)).toBeTruthy();
  await window.bridge.person({ confirm: true });
  await press(window, "Lift read-only…");
  expect(await screen.findByText(/It may write/)).toBeTruthy();
  expect((await window.core.connectionsList()).find(({ name }) => name === "Live")?.readOnly).toBe(false);
});

test("a wrong secret, an unknown client and one that is switched off have words of their own, and nothing is kept", async () => {
  const window = await openWindow("#/settings/connect", { second: true });
  await fill(window, { secret: "wrong" });
  await press(window, "Test and add");
  expect(await screen.findByText(/The client secret is not the one of the OAuth client "demo"/)).toBeTruthy();
  // What is wrong may be another field, so the secret need not be typed again.
  expect(screen.getByLabelText<HTMLInputElement>("Client secret").value).toBe("wrong");

  await put(window, screen.getByLabelText("Client id"), "nobody");
  await press(window, "Test and add");
  expect(await screen.findByText(/There is no OAuth client "nobody" in http/)).toBeTruthy();
  expect(screen.getByText(/a region knows its own clients only/)).toBeTruthy();

  await window.other.client({ disabled: true });
  await put(window, screen.getByLabelText("Client id"), "demo");
  await put(window, screen.getByLabelText("Client secret"), "demo");
  await press(window, "Test and add");
  expect(await screen.findByText(/the OAuth client "demo" is switched off/)).toBeTruthy();
  expect(await names(window)).toEqual(["simulator", "Support EU"]);

  await window.other.client({ disabled: false });
  await press(window, "Test and add");
  expect(await screen.findByRole("list", { name: "Permissions" })).toBeTruthy();
  expect(await names(window)).toContain("Live");
});

test("a permission that is missing, and one of another division, stand in the list with what is lost and what to do", async () => {
  const window = await openWindow("#/settings/connect", { second: true });
  const lost = ["externalContacts:contact:view", "recording:recording:view"];
  await window.other.client({ permissions: without(...lost), elsewhere: ["externalContacts:contact:view"] });
  await fill(window);
  await press(window, "Test and add");
  const ticks = within(await screen.findByRole("list", { name: "Permissions" }));
  expect(ticks.getAllByRole("img", { name: "Missing:" })).toHaveLength(2);
  expect(ticks.getByText(/Granted in other divisions only/)).toBeTruthy();
  expect(ticks.getByText("The messages of chats that ended cannot be read.")).toBeTruthy();
  expect(screen.getByText(/Without what is missing no guests can be shown/)).toBeTruthy();

  await window.other.client({ permissions: ALL });
  await press(window, "Test again");
  await waitFor(() => expect(ticks.queryByRole("img", { name: "Missing:" })).toBeNull());
});

test("a region is found by its name, and is production, read-only and of the vendor's API until a person says otherwise", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { user } = window;
  await user.type(await screen.findByRole("combobox", { name: "Environment or base URL" }), "ireland");
  await user.click(await screen.findByRole("option", { name: /EMEA \(Ireland\)/ }));
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Environment or base URL" }).value).toBe("eu-west-1");
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Kind" }).value).toBe("Production");
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "Read-only" }).checked).toBe(true);
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "API of the org" }).value).toBe(
    "As the address says: Genesys Cloud",
  );
  await user.type(screen.getByLabelText("Connection name"), "Ireland");
  await user.type(screen.getByLabelText("Client id"), "demo");
  await user.type(screen.getByLabelText("Client secret"), "demo");
  await press(window, "Add connection");
  // Nobody said yes to an address that is not on this computer.
  expect(await screen.findByText(/nothing was stored and nothing was sent/)).toBeTruthy();
  expect(await names(window)).not.toContain("Ireland");
});

test("the dialect of a connection is chosen when it is edited, and tried before it is kept", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { core, user } = window;
  const line = within(await screen.findByRole("listitem", { name: "Support EU" }));
  expect(line.getByText(/ · Guest API · /)).toBeTruthy();
  await user.click(line.getByRole("button", { name: "Edit" }));
  const form = within(await screen.findByRole("dialog", { name: 'Edit the connection "Support EU"' }));
  await user.click(form.getByRole("combobox", { name: "API of the org" }));
  await user.click(await screen.findByRole("option", { name: "Genesys Cloud" }));
  await user.click(form.getByRole("button", { name: "Test and save" }));
  await noDialog();
  expect(await line.findByText(/ · Genesys Cloud · /)).toBeTruthy();
  expect((await core.connectionTest("Support EU")).dialect).toBe("genesys-cloud");
});

test("a switch opens the embedded simulator in either dialect, and the folder keeps it", async () => {
  const window = await openWindow("#/settings", {});
  const { bridge, core, user } = window;
  const dialect = async () => (await core.connectionsList()).map((one) => one.dialect);
  expect(await dialect()).toEqual(["guest-api"]);
  await user.click(await screen.findByRole("radio", { name: "Genesys Cloud" }));
  await waitFor(async () => expect(await dialect()).toEqual(["genesys-cloud"]));
  expect((await core.connectionTest("simulator")).permissions).toHaveLength(ALL.length);
  const kept = JSON.parse(readFileSync(join(bridge.folder, "connections.json"), "utf8"));
  expect(kept.embedded_dialect).toBe("genesys-cloud");
});

test("the embedded simulator keeps its dialect while messages of the present one wait", async () => {
  const { core, user } = await openWindow("#/settings", {});
  const start = { guestId: crypto.randomUUID(), name: "Ada", email: null, attributes: {} };
  const { conversationId } = await core.chatStart(start);
  await core.setOnline(false);
  await core.chatSay(crypto.randomUUID(), conversationId, "on disk");
  await user.click(await screen.findByRole("radio", { name: "Genesys Cloud" }));
  expect((await screen.findAllByText(/1 message that waits/)).length).toBeGreaterThan(0);
  expect((await core.connectionsList())[0]?.dialect).toBe("guest-api");
});

test("what the org did not grant greys the buttons that need it, which name it", async () => {
  const window = await openWindow("#/guests", { scopes: ["guest:read", "conversation:read", "webchat:write"] });
  const { core, user } = window;
  await openFirstGuest(window);
  const add = await screen.findByRole<HTMLButtonElement>("button", { name: "Add attribute" });
  await waitFor(() => expect(add.disabled).toBe(true));
  expect(add.title).toContain("lacks guest:write");
  await user.click(screen.getByRole("button", { name: "More for this guest" }));
  const remove = await screen.findByRole("menuitem", { name: "Delete guest…" });
  expect(remove.getAttribute("data-disabled")).toBe("true");
  expect(remove.title).toContain("lacks guest:write");
  await user.keyboard("{Escape}");
  location.hash = "#/retention";
  const run = await screen.findByRole<HTMLButtonElement>("button", { name: "Run now…" });
  expect(run.disabled && run.title).toContain("lacks guest:write");
  expect((await core.connectionsList())[0]?.lacks.map(({ act }) => act)).toEqual(["changeGuest", "deleteGuests"]);
});

test("in a live org the same is known by its permissions", async () => {
  const { core } = await openWindow("#/settings", {
    dialect: "genesys-cloud",
    permissions: without("externalContacts:contact:edit", "conversation:communication:view"),
  });
  await core.connectionTest("simulator");
  const [open] = await core.connectionsList();
  expect(open?.lacks.map(({ act, name }) => [act, name])).toEqual([
    ["changeGuest", "externalContacts:contact:edit"],
    ["changeConversation", "conversation:communication:view"],
  ]);
});
