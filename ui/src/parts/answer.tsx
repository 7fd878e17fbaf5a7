import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { FailureNotice } from "./failure-notice";

type Props = {
  /** Why the newest question has no answer; `null` where it has one, or is still asked. */
  problem: unknown;
  /** The failure is shown elsewhere already, at the field that it is about. */
  told?: boolean;
  onRetry: () => void;
  /** Something was answered, be it to this question or to one before. */
  known: boolean;
  /** What was answered is an empty list. */
  none: boolean;
  /** The earlier question that what is known answers, in words; left out where it answers the one that is asked. */
  of?: string | null;
  /** Said where the answer to the question that is asked is an empty list. */
  empty: ReactNode;
  /** The rows; where nothing is known yet, their skeletons. */
  children: ReactNode;
};

/**
 * A list as an answer to a question: rows that answer another one, or are from before a failure, are marked as that, and
 * "none" is said only where the org or this console has answered "none" to what is asked.
 */
export function Answer({ problem, told = false, onRetry, known, none, of = null, empty, children }: Props) {
  const failed = problem !== null && problem !== undefined;
  const old = known && (failed || of !== null);
  return (
    <>
      {failed && (
        <div className="answer-problem">
          {!told && <FailureNotice problem={problem} onAction={onRetry} />}
          {old && !none && (
            <Text size="xs" mt={6} c="var(--ink-warm)" role="status">
              {of === null ? "Below is what was answered before." : `Below is what was answered before, to ${of}.`}
            </Text>
          )}
        </div>
      )}
      {known && none ? (
        old ? null : (
          empty
        )
      ) : known || !failed ? (
        <Rows old={old && failed} busy={old && !failed}>
          {children}
        </Rows>
      ) : null}
    </>
  );
}

/** Keeps its place in the tree, so that rows that become old are not drawn anew. */
const Rows = ({ old, busy, children }: { old: boolean; busy: boolean; children: ReactNode }) => (
  <div className="answer" data-old={old || undefined} aria-busy={busy || undefined}>
    {children}
  </div>
);
