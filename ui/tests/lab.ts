import { within } from "@testing-library/react";
import { openWindow, playGuest, type TestWindow } from "./window";

/** As many guests as the stories need besides those who are played. */
export const few = { guests: 5 };

/** A window on the chat lab. */
export const lab = () => openWindow("#/chat-lab", few);

/** Plays a guest; what is found is looked for in their chat. */
export const play = async (window: TestWindow, name: string) => within(await playGuest(window, name));

export type Chat = Awaited<ReturnType<typeof play>>;

/** Writes a message as the guest. */
export async function say({ user }: TestWindow, chat: Chat, name: string, text: string) {
  await user.type(chat.getByRole("textbox", { name: `Message of ${name}` }), `${text}{Enter}`);
}
