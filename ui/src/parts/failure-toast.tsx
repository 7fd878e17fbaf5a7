import { type NotificationData, notifications } from "@mantine/notifications";
import { failureOf } from "../ipc/core";
import { FailureText } from "./failure-notice";
import { wordsOf } from "./failure-words";

const show = (problem: unknown, toast: Partial<NotificationData>) =>
  notifications.show({ message: <FailureText problem={problem} />, autoClose: 12_000, ...toast });

/** Tells of a failure that has no place of its own on the screen. */
export const failureToast = (problem: unknown) =>
  show(problem, { color: "red", title: wordsOf(failureOf(problem).code).cause, withBorder: true });

/** Tells once for each draft that the core did not take it: it is on the screen only. */
export function draftNotKept(key: string, problem: unknown) {
  const id = `draft ${key}`;
  notifications.hide(id);
  show(problem, { id, color: "orange", title: "What you typed is on this screen only" });
}
