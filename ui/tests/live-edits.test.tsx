import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { chatOf, openLive } from "./live";
import { press, type TestWindow } from "./window";

/** A contact with fields of many types, whose panel is open. */
async function contact(window: TestWindow, more: Record<string, unknown> = {}) {
  const id = await window.org.contact({ firstName: "Ada", lastName: "King", workEmail: "ada@example.org", ...more });
  globalThis.window.location.hash = `#/guests/${id}`;
  await screen.findByRole("heading", { level: 2, name: "Ada King" });
  return id;
}

/** Takes a field of the schema that has no value yet. */
async function addField({ user }: TestWindow, name: string) {
  await user.click(screen.getByRole("button", { name: "Add attribute" }));
  await user.type(await screen.findByRole("combobox", { name: "Field to fill in" }), name);
  await user.click(await screen.findByRole("option", { name }));
}

test("fields are edited by the schema: choices to choose from, staged, diffed and saved", async () => {
  const window = await openLive();
  const id = await contact(window);
  await addField(window, "Tier");
  await window.user.selectOptions(await screen.findByRole("combobox", { name: "Tier" }), "gold");
  await addField(window, "Total interactions");
  const total = screen.getByRole("textbox", { name: "Total interactions" });
  await window.user.type(total, "1.5");
  expect(await screen.findByText("A whole number, such as 42.")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /Save 2 changes/ }).disabled).toBe(true);
  await window.user.clear(total);
  await window.user.type(total, "7");
  await window.user.clear(screen.getByRole("textbox", { name: "Last name" }));
  await window.user.type(screen.getByRole("textbox", { name: "Last name" }), "Byron");
  const diff = await screen.findByRole("list", { name: "Staged changes" });
  expect(diff.textContent).toContain('+ tier: "gold"');
  expect(diff.textContent).toContain('− lastName: "King"');
  await press(window, /Save 3 changes/);
  expect(await screen.findByRole("heading", { level: 2, name: "Ada Byron" })).toBeTruthy();
  const kept = await window.org.vendor(`externalcontacts/contacts/${id}`);
  expect([kept.lastName, kept.customFields]).toEqual(["Byron", { tier: "gold", totalInteractions: 7 }]);
});

test("what the org refuses is told at its field, and nothing was written", async () => {
  const window = await openLive();
  const id = await contact(window);
  await addField(window, "Cell phone");
  await window.user.type(screen.getByRole("textbox", { name: "Cell phone" }), "123 456 and more");
  await press(window, /Save 1 change/);
  const phone = screen.getByRole("textbox", { name: "Cell phone" });
  await waitFor(() => expect(phone.getAttribute("aria-invalid")).toBe("true"));
  expect(screen.getAllByText(/takes a telephone number such as \+15550100/).length).toBeGreaterThan(0);
  expect((await window.org.vendor(`externalcontacts/contacts/${id}`)).cellPhone).toBeUndefined();
  await window.user.clear(phone);
  await window.user.type(phone, "+1 555 0100");
  await press(window, /Save 1 change/);
  await waitFor(async () =>
    expect((await window.org.vendor(`externalcontacts/contacts/${id}`)).cellPhone.e164).toBe("+15550100"),
  );
});

test("a field whose type is not known is shown, and neither it nor what stands in no field can be edited", async () => {
  const window = await openLive();
  window.core.alter("guestOpen", (detail) => {
    const fields = detail.fields?.fields ?? [];
    for (const field of fields) if (field.key === "tier") field.kind = "unknown";
    if (detail.fields) detail.fields.fields = fields.filter(({ key }) => key !== "source");
    return detail;
  });
  await contact(window, { customFields: { tier: "gold", source: "web" }, schema: await schemaOf(window) });
  const tier = await screen.findByRole<HTMLInputElement>("textbox", { name: "Tier" });
  expect([tier.value, tier.readOnly]).toEqual(["gold", true]);
  expect(screen.getByText("Of a type not known here: shown and kept.")).toBeTruthy();
  const source = screen.getByRole<HTMLInputElement>("textbox", { name: "source" });
  expect([source.value, source.readOnly]).toEqual(["web", true]);
});

async function schemaOf({ org }: TestWindow) {
  const { id, version } = (await org.vendor("externalcontacts/contacts/schemas")).entities[0];
  return { id, version };
}

test("a schema that may not be read leaves the contact readable and not editable, and says why", async () => {
  const permissions = ["externalContacts:contact:view", "externalContacts:contact:edit"];
  const more = ["analytics:conversationDetail:view", "conversation:communication:view"];
  const window = await openLive("#/guests", { permissions: [...permissions, ...more] });
  await contact(window);
  expect((await screen.findAllByText(/customFields:view/)).length).toBeGreaterThan(0);
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Last name" }).readOnly).toBe(true);
});

test("a running conversation is read: who wrote what, how it stands, and its attributes are edited", async () => {
  const window = await openLive();
  const { guest, conversation, chat } = await chatOf(window, "Ada", ["hello"], "How can I help?");
  globalThis.window.location.hash = `#/guests/${guest}/conversations`;
  const messages = await screen.findByRole("list", { name: "Messages" });
  expect(
    within(messages)
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent),
  ).toEqual([
    expect.stringMatching(/^Guest.*hello$/),
    expect.stringMatching(/^Bot/),
    expect.stringMatching(/^Agent.*How can I help\?$/),
  ]);
  expect(await screen.findByText(/Last word: agent/)).toBeTruthy();

  await window.user.click(screen.getByRole("radio", { name: /attribute/ }));
  await window.user.type(await screen.findByRole("textbox", { name: "Key of a new attribute" }), "OrderId");
  await press(window, "Add");
  await window.user.type(screen.getByRole("textbox", { name: "OrderId" }), "A-17");
  expect(screen.getByRole("list", { name: "Staged changes" }).textContent).toBe('+ OrderId: "A-17"');
  await press(window, "Save 1 change");
  await waitFor(() => expect(screen.queryByRole("list", { name: "Staged changes" })).toBeNull());
  const parts = (await window.org.vendor(`conversations/${conversation}`)).participants;
  expect(parts.some((part: { attributes?: Record<string, string> }) => part.attributes?.OrderId === "A-17")).toBe(true);

  await window.core.labAct(chat, "end");
  await window.org.closeConversation(conversation).catch(() => undefined);
  await waitFor(async () => {
    await window.user.click(screen.getByRole("button", { name: "Read it again" }));
    expect(screen.getByText(/so its attributes stay as they are/)).toBeTruthy();
  });
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "OrderId" }).readOnly).toBe(true);
});

test("an attribute that somebody else changed meanwhile is not overwritten", async () => {
  const window = await openLive();
  const { guest, conversation } = await chatOf(window, "Ada", ["hello"]);
  await window.core.conversationSave(conversation, [{ key: "OrderId", before: null, after: "A-17" }]);
  globalThis.window.location.hash = `#/guests/${guest}/conversations`;
  await window.user.click(await screen.findByRole("radio", { name: /attribute/ }));
  await window.user.type(await screen.findByRole("textbox", { name: "OrderId" }), "!");
  await window.core.conversationSave(conversation, [{ key: "OrderId", before: "A-17", after: "B-1" }]);
  await press(window, "Save 1 change");
  expect((await screen.findAllByText(/somebody else set it to "B-1" meanwhile/)).length).toBeGreaterThan(0);
  const read = await window.core.conversationOpen(conversation);
  expect(read.attributes.OrderId).toBe("B-1");
});
