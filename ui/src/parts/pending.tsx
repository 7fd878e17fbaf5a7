import { Group, Loader, Text } from "@mantine/core";
import { FailureNotice } from "./failure-notice";

type Props = {
  query: { error: unknown; refetch: () => unknown };
  /** What is being done. */
  words: string;
  /** What the button that asks again says. */
  again: string;
};

/** Stands where an answer will be: that it is asked for, or why there is none and a button that asks again. */
export function Pending({ query, words, again }: Props) {
  if (query.error !== null) {
    return <FailureNotice problem={query.error} action={again} onAction={() => void query.refetch()} />;
  }
  return (
    <Group gap="xs" role="status">
      <Loader size={16} aria-hidden />
      <Text size="sm" c="dimmed">
        {words}
      </Text>
    </Group>
  );
}
