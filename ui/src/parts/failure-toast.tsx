import { notifications } from "@mantine/notifications";
import { failureOf } from "../ipc/core";
import { FailureText } from "./failure-notice";
import { failureWords } from "./failure-words";

/** Tells of a failure that has no place of its own on the screen. */
export function failureToast(problem: unknown) {
  notifications.show({
    color: "red",
    title: failureWords[failureOf(problem).code].cause,
    message: <FailureText problem={problem} />,
    autoClose: 12_000,
    withBorder: true,
  });
}
