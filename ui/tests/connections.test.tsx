import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { noDialog, openWindow, put, type TestWindow } from "./window";

const STORED = "Support EU";

const line = async (name: string) => within(await screen.findByRole("listitem", { name }));

async function edit({ user }: TestWindow, name: string) {
  await user.click((await line(name)).getByRole("button", { name: "Edit" }));
  return within(await screen.findByRole("dialog", { name: `Edit the connection "${name}"` }));
}

test("a secret is replaced in place: one that the org refuses is not kept, and the one before stays in use", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { core, user } = window;
  const form = await edit(window, STORED);
  expect((form.getByLabelText("Client secret") as HTMLInputElement).placeholder).toBe("Kept as it is");
  await put(window, form.getByLabelText("Client secret"), "wrong");
  await user.click(form.getByRole("button", { name: "Test and save" }));
  expect(await form.findByText("The org rejected the credentials")).toBeTruthy();
  expect((await core.connectionTest(STORED)).ok).toBe(true);

  await put(window, form.getByLabelText("Client secret"), "demo");
  await user.click(form.getByRole("button", { name: "Test and save" }));
  expect(await screen.findByText("Connection saved")).toBeTruthy();
  await noDialog();
  expect((await core.connectionTest(STORED)).ok).toBe(true);
});

test("a sign-in that the org refuses stands at the connection's name, with the way to mend it there", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { core, user } = window;
  const wrong = await edit(window, STORED);
  await put(window, wrong.getByLabelText("Client secret"), "wrong");
  await user.click(wrong.getByRole("button", { name: "Test and save" }));
  await user.click(await wrong.findByRole("button", { name: "Save without a test" }));
  expect(await screen.findByText("Connection saved")).toBeTruthy();
  await user.click((await line(STORED)).getByRole("button", { name: "Use" }));

  expect(await screen.findByRole("link", { name: new RegExp(`${STORED}.*sign-in refused`) })).toBeTruthy();
  const told = await line(STORED);
  expect(await told.findByText("The org rejected the credentials")).toBeTruthy();
  // It is in use, so it could not even be removed.
  await user.click(told.getByRole("button", { name: "Edit the connection" }));
  const form = within(await screen.findByRole("dialog", { name: `Edit the connection "${STORED}"` }));
  await put(window, form.getByLabelText("Client secret"), "demo");
  await user.click(form.getByRole("button", { name: "Test and save" }));
  await waitFor(() => expect(screen.queryByRole("link", { name: /sign-in refused/ })).toBeNull());
  expect((await core.connectionsList()).find(({ current }) => current)?.name).toBe(STORED);
});

test("a guard that a person put up is taken off only after a yes that no page can give", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { bridge, core, user } = window;
  const kind = async () => (await core.connectionsList()).find(({ name }) => name === STORED)?.kind;
  expect(await kind()).toBe("production");
  const save = async () => {
    const form = await edit(window, STORED);
    await user.click(form.getByRole("combobox", { name: "Kind" }));
    await user.click(await screen.findByRole("option", { name: "Test" }));
    await user.click(form.getByRole("button", { name: "Save" }));
    return form;
  };
  const refused = await save();
  expect(await refused.findByText(/Nobody said yes to the change of Support EU/)).toBeTruthy();
  expect(await kind()).toBe("production");
  await user.click(refused.getByRole("button", { name: "Cancel" }));
  await noDialog();
  await bridge.person({ confirm: true });
  await save();
  await waitFor(async () => expect(await kind()).toBe("test"));
});

test("what waits is of its org: an edit that leads elsewhere is refused with the number, and remove names what is left", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { core, user } = window;
  await core.connectionUse(STORED);
  const { conversationId } = await core.chatStart({
    guestId: crypto.randomUUID(),
    name: "Ada",
    email: null,
    attributes: {},
  });
  await core.setOnline(false);
  await core.chatSay(crypto.randomUUID(), conversationId, "on disk");
  await core.connectionUse("simulator");
  // Looked for anew each time: the screen is drawn anew with each connection.
  await waitFor(() => within(screen.getByRole("listitem", { name: "simulator" })).getByText("in use"));

  const form = await edit(window, STORED);
  await put(window, form.getByRole("combobox", { name: "Environment or base URL" }), "http://127.0.0.1:9");
  await put(window, form.getByLabelText("Client secret"), "demo");
  await user.click(form.getByRole("button", { name: "Test and save" }));
  await user.click(await form.findByRole("button", { name: "Save without a test" }));
  expect((await form.findAllByText(/1 message that waits/)).length).toBeGreaterThan(0);
  await user.click(form.getByRole("button", { name: "Cancel" }));
  await noDialog();

  await user.click((await line(STORED)).getByRole("button", { name: "Remove" }));
  const asked = within(await screen.findByRole("dialog", { name: `Remove the connection "${STORED}"?` }));
  expect(await asked.findByText("1 message not sent yet")).toBeTruthy();
  await user.click(asked.getByRole("button", { name: "Remove connection" }));
  await waitFor(() => expect(screen.queryByRole("listitem", { name: STORED })).toBeNull());
});
