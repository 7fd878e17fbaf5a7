import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { page } from "vitest/browser";
import { openWindow, playGuest, type TestWindow } from "../window";
import { settled } from "./screens";

/** As many guests as the stories need besides those who are played. */
const few = { guests: 5 };

const lab = () => openWindow("#/chat-lab", few);

const field = (name: string) => screen.getByRole("textbox", { name: `Message of ${name}` });

const NEWS = /^\d new lines?$/;

/** How far the transcript is from its end, in pixels. */
function fromEnd(name: string): number {
  const { scrollHeight, scrollTop, clientHeight } = screen.getByRole("region", { name: `Transcript of ${name}` });
  return scrollHeight - scrollTop - clientHeight;
}

/** A person scrolls the transcript up to its first line; the page has heard of it. */
async function scrollUp(name: string) {
  const transcript = screen.getByRole("region", { name: `Transcript of ${name}` });
  const heard = new Promise((resolve) => transcript.addEventListener("scroll", resolve, { once: true }));
  transcript.scrollTop = 0;
  await heard;
}

/** All lines of the transcript are drawn, and its end is shown. The core has them sooner than the page. */
async function endIsShown(name: string, lines: number) {
  await waitFor(() => {
    const drawn = within(screen.getByRole("region", { name: `Transcript of ${name}` })).getAllByRole("listitem");
    expect(drawn.at(-1)).toHaveAttribute("aria-posinset", String(lines));
    expect(fromEnd(name)).toBeLessThan(40);
  });
}

/** The other side writes. */
async function answer({ core }: TestWindow, text: string) {
  const [chat] = (await core.labOverview()).chats;
  await core.labAgent(chat?.id ?? "", { kind: "say", text, quickReplies: [], asBot: false });
}

afterEach(() => page.viewport(1360, 860));

test("who scrolled up is told of what came below, and their own message shows the end again", async () => {
  const window = await lab();
  await playGuest(window, "Ada", ["carousel", "date", "form", "list", "card"]);
  await endIsShown("Ada", 10);
  await scrollUp("Ada");
  await waitFor(() => expect(fromEnd("Ada")).toBeGreaterThan(200));
  await answer(window, "Are you there?");
  const news = await screen.findByRole("button", { name: "1 new line" });
  expect(fromEnd("Ada")).toBeGreaterThan(200);
  await window.user.click(news);
  await endIsShown("Ada", 11);
  expect(screen.queryByRole("button", { name: NEWS })).toBeNull();

  await scrollUp("Ada");
  await waitFor(() => expect(fromEnd("Ada")).toBeGreaterThan(200));
  await window.user.type(field("Ada"), "here I am{Enter}");
  await waitFor(() => expect(fromEnd("Ada")).toBeLessThan(40));
});

test("the field of a chat is on the screen in a small window and at 200 %, and no toast lies over it", async () => {
  const window = await lab();
  await playGuest(window, "Ada", ["hello"]);
  for (const [width, height] of [
    [800, 600],
    [680, 430],
  ] as const) {
    await page.viewport(width, height);
    await settled();
    const { bottom } = field("Ada").getBoundingClientRect();
    const strip = document.querySelector(".shell-strip")?.getBoundingClientRect().top ?? 0;
    expect(bottom, `at ${width} × ${height}`).toBeLessThan(strip);
  }
  await page.viewport(1360, 860);
  window.core.failNext("labAct", "disk_full");
  await window.user.click(screen.getByRole("switch", { name: "Ada is online" }));
  const toast = await screen.findByText("The disk is full");
  await settled();
  const { left, top, width, height } = field("Ada").getBoundingClientRect();
  expect(document.elementFromPoint(left + width / 2, top + height / 2)).toBe(field("Ada"));
  expect(toast.getBoundingClientRect().bottom).toBeLessThan(top);
});

test("the tabs stay where they are when the first chat opens", async () => {
  const window = await lab();
  const top = () => Math.round(screen.getByRole("tab", { name: "Chats" }).getBoundingClientRect().top);
  await screen.findByText("No guest is played yet");
  const before = top();
  await playGuest(window, "Ada");
  expect(top()).toBe(before);
});

test("the chat whose name is chosen is in view beside many others", async () => {
  const window = await lab();
  for (const name of ["Ada", "Grace", "Edsger", "Barbara", "Alan"]) await playGuest(window, name);
  const inView = (name: string) => {
    const { left, right } = screen.getByRole("region", { name: `Chat of ${name}` }).getBoundingClientRect();
    return left >= 0 && right <= 1361;
  };
  await waitFor(() => expect(inView("Alan")).toBe(true));
  const names = within(screen.getByRole("navigation", { name: "Chats" }));
  await window.user.click(names.getByRole("button", { name: /^Ada/ }));
  await waitFor(() => expect(inView("Ada")).toBe(true));
});
