import { Alert, Anchor, Box, Button, Group, type MantineStyleProps, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { askedOf, failureOf } from "../ipc/core";
import { screenHref } from "../routes";
import { CopyText } from "./copy-text";
import { causeLines, nextStep, wordsOf } from "./failure-words";
import { Shown } from "./shown-text";

type Props = Pick<MantineStyleProps, "mt" | "mb"> & {
  /** What failed; nothing is shown where it is `null` or `undefined`. */
  problem: unknown;
  /** What a button below the text says and does, for example to try again. */
  action?: string;
  onAction?: (() => void) | undefined;
  /** Told between the text and that button. */
  children?: ReactNode;
};

/** Cause, effect on the guest, next step, and the id to quote to the org's support. */
export function FailureNotice({ problem, action = "Try again", onAction, children, ...margins }: Props) {
  if (problem === null || problem === undefined) return null;
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={wordsOf(failureOf(problem).code).cause}
      {...margins}
    >
      <FailureText problem={problem} />
      {children && <Box mt="xs">{children}</Box>}
      {onAction && (
        <Button mt="xs" size="compact-xs" variant="default" onClick={onAction}>
          {action}
        </Button>
      )}
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
        {wordsOf(failure.code).effect[askedOf(problem)]}
      </Text>
      <Text fz="xs">
        {next}{" "}
        {failure.code === "credentials_rejected" && (
          <Anchor href={screenHref("settings")} fz="xs">
            Open Settings
          </Anchor>
        )}
      </Text>
      {failure.retryAfterMs !== null && !/\d+ [smh]/.test(next) && (
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
