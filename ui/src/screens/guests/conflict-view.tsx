import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";
import type { AttributeConflict, Boxed } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { words } from "./staging";

type Props = {
  conflicts: AttributeConflict[];
  onDecide: (conflict: AttributeConflict, keep: "mine" | "theirs") => void;
};

/** Both sides of every key that someone else changed meanwhile; nothing was written. */
export function ConflictView({ conflicts, onDecide }: Props) {
  return (
    <Alert
      color="yellow"
      mb="sm"
      icon={<IconGitMerge size={18} aria-hidden />}
      title="Someone else changed this guest meanwhile"
    >
      <Text size="xs" mb="xs">
        Nothing was written. Decide each key, then save again.
      </Text>
      <Stack gap="sm">
        {conflicts.map((conflict) => (
          <section key={conflict.key} aria-label={`Conflict in ${shown(conflict.key)}`}>
            <Text size="xs" fw={600}>
              <Shown text={conflict.key} />
            </Text>
            <dl style={{ margin: 0 }}>
              <Side name="You saw" value={conflict.base} />
              <Side name="Yours" value={conflict.ours} />
              <Side name="Theirs" value={conflict.theirs} />
            </dl>
            <Group gap="xs" mt={4}>
              <Button size="compact-xs" variant="default" onClick={() => onDecide(conflict, "theirs")}>
                Take theirs
              </Button>
              <Button size="compact-xs" variant="default" onClick={() => onDecide(conflict, "mine")}>
                Keep mine
              </Button>
            </Group>
          </section>
        ))}
      </Stack>
    </Alert>
  );
}

const Side = ({ name, value }: { name: string; value: Boxed | null }) => (
  <Group gap={8} wrap="nowrap" align="flex-start">
    <Text component="dt" size="xs" c="dimmed" w={62} flex="none">
      {name}
    </Text>
    <Text component="dd" size="xs" ff="monospace" m={0}>
      <Shown text={words(value)} />
    </Text>
  </Group>
);
