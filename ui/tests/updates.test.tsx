import { QueryClient } from "@tanstack/react-query";
import { screen, waitFor } from "@testing-library/react";
import { expect, onTestFinished, test, vi } from "vitest";
import { goOffline, guestRows, openWindow, type TestWindow } from "./window";

/** The pages of guests that the core answers from now on reach the page only when they are let go. */
function keepBack({ core }: TestWindow) {
  const real = core.guestsPage;
  const waiting: (() => void)[] = [];
  core.guestsPage = async (query) => {
    const page = await real(query);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return page;
  };
  return {
    /** Until the core has answered once. */
    answered: () => waitFor(() => expect(waiting.length).toBeGreaterThan(0)),
    letGo: () => {
      core.guestsPage = real;
      for (const go of waiting) go();
    },
  };
}

async function leave() {
  globalThis.location.hash = "#/outbox";
  await screen.findByText("Everything is delivered");
}

function comeBack() {
  globalThis.location.hash = "#/guests";
}

/** One is deleted elsewhere, and the core says that guests went stale. */
async function oneIsDeleted({ org, core }: TestWindow) {
  const [guest] = await org.guests();
  await org.remove(guest?.id ?? "");
  core.tell({}, "guests");
}

test("a list that is left before its first answer is no work for the window when it goes stale, and is read anew", async () => {
  const window = await openWindow("#/outbox");
  await leave();
  const pages = keepBack(window);
  comeBack();
  await pages.answered();
  await leave();
  const invalidate = vi.spyOn(QueryClient.prototype, "invalidateQueries");
  onTestFinished(() => invalidate.mockRestore());
  await oneIsDeleted(window);
  // Whoever asks again and again without a pause would be seen here, and would let nothing else happen.
  for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
  pages.letGo();
  expect(invalidate.mock.calls.length).toBeLessThan(10);
  comeBack();
  expect(await screen.findByText("249 guests")).toBeTruthy();
});

test("a list that is left while it is read anew is not taken for fresh when it goes stale meanwhile", async () => {
  const window = await openWindow();
  await guestRows();
  await leave();
  window.core.tell({}, "guests");
  const pages = keepBack(window);
  comeBack();
  await pages.answered();
  await leave();
  await oneIsDeleted(window);
  pages.letGo();
  // What was kept back arrives before the list is looked at again.
  await new Promise((resolve) => setTimeout(resolve));
  comeBack();
  expect(await screen.findByText("249 guests")).toBeTruthy();
});

test("a question that was refused offline is asked again when its refusal arrives after the switch is on", async () => {
  const window = await openWindow();
  const { core, user } = window;
  await guestRows();
  await goOffline(window);
  const real = core.guestsPage;
  const refuse: (() => void)[] = [];
  core.guestsPage = (query) =>
    real(query).catch((problem) => new Promise((_, reject) => refuse.push(() => reject(problem))));
  await user.type(screen.getByRole("textbox", { name: "Search guests" }), "keiko");
  await waitFor(() => expect(refuse.length).toBeGreaterThan(0));
  await user.click(screen.getByRole("switch", { name: "Online" }));
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>("switch", { name: "Online" }).checked).toBe(true));
  core.guestsPage = real;
  for (const go of refuse) go();
  await waitFor(async () => expect((await guestRows())[0]?.textContent).toMatch(/keiko/i));
  expect(screen.queryByText("You are offline")).toBeNull();
});
