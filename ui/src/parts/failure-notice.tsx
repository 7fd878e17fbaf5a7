import { Alert, Anchor, Box, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { askedOf, failureOf } from "../ipc/core";
import { screenHref } from "../routes";
import { CopyText } from "./copy-text";
import { causeLines, failureWords, nextStep } from "./failure-words";
import { Shown } from "./shown-text";

type Props = {
  problem: unknown;
  /** For example a button that tries again. */
  action?: ReactNode;
};

/** Cause, effect on the guest, next step, and the id to quote to the org's support. */
export function FailureNotice({ problem, action }: Props) {
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      p="sm"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={failureWords[failureOf(problem).code].cause}
    >
      <FailureText problem={problem} />
      {action && <Box mt="xs">{action}</Box>}
    </Alert>
  );
}

/** The text below the title; also the body of a toast. */
export function FailureText({ problem }: { problem: unknown }) {
  const failure = failureOf(problem);
  const next = nextStep(failure);
  return (
    <Box fz="xs" c="var(--mantine-color-text)">
      {causeLines(failure).map((line) => (
        <Text fz="xs" key={line}>
          <Shown text={line} />
        </Text>
      ))}
      <Text fz="xs" c="dimmed">
        {failureWords[failure.code].effect[askedOf(problem)]}
      </Text>
      <Text fz="xs">
        {next} {failure.code === "credentials_rejected" && <SettingsLink />}
      </Text>
      {failure.retryAfterMs !== null && !/\d+ s/.test(next) && (
        <Text fz="xs">Try again in {Math.ceil(failure.retryAfterMs / 1000)} s.</Text>
      )}
      {failure.correlationId && (
        <Group gap={4} mt={4}>
          <Text fz="xs" c="dimmed">
            Correlation id
          </Text>
          <CopyText text={failure.correlationId} label="Copy correlation id" />
        </Group>
      )}
    </Box>
  );
}

const SettingsLink = () => (
  <Anchor href={screenHref("settings")} fz="xs">
    Open Settings
  </Anchor>
);
