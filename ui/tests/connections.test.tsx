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

const DEPLOYMENT = "00000000-0000-4000-8000-000000000001";

test("a deployment that is typed in is asked when it is saved: what is wrong stands at its field, and saving stays possible", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { core, user } = window;
  const stored = async () => (await core.connectionsList()).find(({ name }) => name === STORED)?.deployment ?? null;
  const form = await edit(window, STORED);
  const field = form.getByLabelText("Deployment of the chat lab");
  await put(window, field, "a b");
  await user.click(form.getByRole("button", { name: "Test and save" }));
  expect(await form.findByText("The id of a messenger deployment, without blanks and slashes.")).toBeTruthy();

  await put(window, field, "unknown");
  await user.click(form.getByRole("button", { name: "Test and save" }));
  expect((await form.findAllByText(/knows no deployment unknown/)).length).toBeGreaterThan(0);
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(await stored()).toBeNull();

  await put(window, field, DEPLOYMENT);
  await user.click(form.getByRole("button", { name: "Test and save" }));
  await noDialog();
  expect(await stored()).toBe(DEPLOYMENT);

  // An org that is away: what could not be asked is kept after a press of its own.
  await window.other.weather({ when: { path: "*" }, do: "reset-before" });
  const again = await edit(window, STORED);
  await put(window, again.getByLabelText("Deployment of the chat lab"), "later");
  await user.click(again.getByRole("button", { name: "Test and save" }));
  expect(await again.findByText("The org cannot be reached")).toBeTruthy();
  expect(await stored()).toBe(DEPLOYMENT);
  await user.click(again.getByRole("button", { name: "Save without a test" }));
  await noDialog();
  expect(await stored()).toBe("later");
});

test("a new connection's deployment is asked before it is added, and can be added all the same", async () => {
  const window = await openWindow("#/settings", { second: true });
  const { core, user } = window;
  const place = (await core.connectionsList()).find(({ name }) => name === STORED)?.environment ?? "";
  const form = within(await screen.findByRole("region", { name: "Add a connection" }));
  await user.type(form.getByLabelText("Connection name"), "Lab");
  await user.type(form.getByLabelText("Environment or base URL"), place);
  await user.type(form.getByLabelText("Client id"), "demo");
  await user.type(form.getByLabelText("Client secret"), "demo");
  await user.type(form.getByLabelText("Deployment of the chat lab"), "unknown");
  await user.click(form.getByRole("button", { name: "Add connection" }));
  expect((await form.findAllByText(/knows no deployment unknown/)).length).toBeGreaterThan(0);
  expect(screen.queryByRole("listitem", { name: "Lab" })).toBeNull();
  await user.click(await form.findByRole("button", { name: "Add without a test" }));
  expect(await screen.findByRole("listitem", { name: "Lab" })).toBeTruthy();
  expect((await core.connectionTest("Lab")).ok).toBe(true);
});
