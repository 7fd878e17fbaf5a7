import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";
import type { AttributeConflict } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import classes from "./guests.module.css";
import { words } from "./staging";

type Props = {
  conflicts: AttributeConflict[];
  onDecide: (conflict: AttributeConflict, keep: "mine" | "theirs") => void;
};

/** Both sides of every key that someone else changed meanwhile; nothing was written. */
export function ConflictView({ conflicts, onDecide }: Props) {
  return (
    <Alert
      role="alert"
      color="yellow"
      variant="light"
      p="sm"
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
            <dl className={classes.sides} style={{ margin: 0 }}>
              <dt>You saw</dt>
              <dd>
                <Shown text={words(conflict.base)} />
              </dd>
              <dt>Yours</dt>
              <dd>
                <Shown text={words(conflict.ours)} />
              </dd>
              <dt>Theirs</dt>
              <dd>
                <Shown text={words(conflict.theirs)} />
              </dd>
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
