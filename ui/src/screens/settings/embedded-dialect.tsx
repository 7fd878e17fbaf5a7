import { Group, SegmentedControl, Text } from "@mantine/core";
import type { ConnectionView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { useCommand } from "../../queries";
import { dialectNames } from "./dialects";

/** Which API the embedded simulator is opened in; kept with the data folder. */
export function EmbeddedDialect({ connection: { dialect, current } }: { connection: ConnectionView }) {
  const choose = useCommand((core, next: string) => core.embeddedDialect(next), {
    failure: "inline",
    stale: ["connections"],
  });
  return (
    <>
      <Group gap="sm" mt={8} wrap="wrap">
        <Text size="xs" c="dimmed">
          Opened as an org that speaks
        </Text>
        <SegmentedControl
          aria-label="API of the embedded simulator"
          disabled={choose.isPending}
          value={choose.isPending ? choose.variables : dialect}
          onChange={(next) => choose.mutate(next)}
          data={Object.entries(dialectNames).map(([value, label]) => ({ value, label }))}
        />
        {current && (
          <Text size="xs" c="dimmed">
            It is in use, so it is closed for a moment.
          </Text>
        )}
      </Group>
      <FailureNotice problem={choose.error} mt="xs" />
    </>
  );
}
