import { notifications } from "@mantine/notifications";

/** Tells in passing what was done, or why it was not. */
export const tell = (title: string, message: string, color = "teal") =>
  notifications.show({ title, message, color, autoClose: 6_000 });
