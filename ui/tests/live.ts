import { screen, waitFor, within } from "@testing-library/react";
import { openWindow, type TestWindow } from "./window";

/** The deployment that the simulator has. */
export const DEPLOYMENT = "00000000-0000-4000-8000-000000000001";

/** A window whose open connection speaks the vendor's own API. */
export const openLive = (hash = "#/guests", more: Parameters<typeof openWindow>[1] = {}) =>
  openWindow(hash, { dialect: "genesys-cloud", guests: 40, ...more });

/** Somebody chats by the guest socket, writes these messages, and is answered by the bot and then by an agent. */
export async function chatOf({ core, org }: TestWindow, name: string, texts: string[], agentSays?: string) {
  const before = new Set((await org.sessions()).map(({ guestId }) => guestId));
  const { id } = await core.labStart({ deployment: DEPLOYMENT, pageOrigin: null, name, email: "", attributes: {} });
  const ready = async () => (await core.labOverview()).chats.find((chat) => chat.id === id)?.state === "ready";
  await until("the guest is connected", ready);
  for (const [place, text] of texts.entries()) {
    await core.labSay(id, crypto.randomUUID(), text);
    await until(`message ${place} was answered`, async () => {
      const { rows } = await core.labTranscript(id, 0, 100);
      return rows.filter(({ kind }) => kind !== "guest" && kind !== "event").length > place;
    });
  }
  const session = (await org.sessions()).find(({ guestId }) => !before.has(guestId));
  if (session?.conversationId === undefined) throw new Error("the org has no session of the guest");
  if (agentSays !== undefined) await org.say(session.conversationId, { text: agentSays, nickname: "Ruth" });
  return { guest: session.guestId, conversation: session.conversationId, chat: id };
}

async function until(what: string, is: () => Promise<boolean>) {
  await waitFor(async () => {
    if (!(await is())) throw new Error(`not yet: ${what}`);
  });
}

/** The rows of a list that are there, by its name. */
export async function rowsOf(list: string): Promise<HTMLElement[]> {
  return waitFor(() => {
    const rows = within(screen.getByRole("grid", { name: list }))
      .getAllByRole("row")
      .slice(1)
      .filter((row) => row.getAttribute("aria-busy") !== "true");
    if (rows.length === 0) throw new Error(`${list} has no row yet`);
    return rows;
  });
}

/** Opens the row with this text and waits for its panel. */
export async function openRow({ user }: TestWindow, list: string, text: string) {
  const row = await waitFor(async () => {
    const found = (await rowsOf(list)).find(({ textContent }) => textContent?.includes(text));
    if (!found) throw new Error(`no row with ${text}`);
    return found;
  });
  await user.click(row);
}

/** Every request to the vendor's API since this line of the ledger, as `GET /externalcontacts/contacts/{id}`. */
export async function requestsSince({ org }: TestWindow, line: number): Promise<string[]> {
  const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  return (await org.ledger(line))
    .filter(({ kind, path }) => kind === "request" && path.startsWith("/api/v2/"))
    .map(({ method, path }) => `${method} ${path.replace("/api/v2", "").replace(/\?.*/, "").replace(id, "{id}")}`);
}

/** The newest line of the ledger. */
export const ledgerEnd = async ({ org }: TestWindow) => (await org.ledger()).at(-1)?.n ?? 0;
