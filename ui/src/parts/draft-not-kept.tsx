import { notifications } from "@mantine/notifications";
import { FailureText } from "./failure-notice";

/** Tells once for each draft that the core did not take it: it is on the screen only. */
export function draftNotKept(key: string, problem: unknown) {
  const id = `draft ${key}`;
  notifications.hide(id);
  notifications.show({
    id,
    color: "orange",
    title: "What you typed is on this screen only",
    message: <FailureText problem={problem} />,
    autoClose: 12_000,
  });
}
