import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import type { AddedConnection } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { Section } from "../../parts/section";
import { useCommand } from "../../queries";
import { go, screenHref } from "../../routes";
import { TestResult } from "./access-ticks";

type Props = { added: AddedConnection; onAnother: () => void };

/** What a connection that was just added may do, and the way to its guests. */
export function ConnectedSection({ added, onAnother }: Props) {
  const { name } = added.connection;
  const [test, setTest] = useState(added.test);
  const [readOnly, setReadOnly] = useState(added.connection.readOnly);
  const again = useCommand((core) => core.connectionTest(name), { failure: "inline", done: setTest });
  const use = useCommand((core) => core.connectionUse(name), {
    failure: "inline",
    stale: ["connections"],
    done: () => go(screenHref("guests")),
  });
  const lift = useCommand((core) => core.connectionEdit(name, { ...nothing, readOnly: false }, false), {
    failure: "inline",
    stale: ["connections"],
    done: () => setReadOnly(false),
  });
  return (
    <Section title={`3. "${name}" is added`} purpose="What the org says that its client may do.">
      {test ? <TestResult test={test} /> : <Text size="sm">It was added without a test.</Text>}
      <Text size="sm" mt="sm">
        {readOnly
          ? "It is read-only: guests can be looked at, and nothing can be changed before you lift that."
          : "It may write: what you change over it reaches the guests of this org."}
      </Text>
      <FailureNotice problem={again.error ?? use.error ?? lift.error} mt="sm" />
      <Group mt="md" gap="xs">
        <Button loading={use.isPending} onClick={() => use.mutate()}>
          Use this connection
        </Button>
        <Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>
          {test ? "Test again" : "Test"}
        </Button>
        {readOnly && (
          <Button variant="default" loading={lift.isPending} onClick={() => lift.mutate()}>
            Lift read-only…
          </Button>
        )}
        <Button variant="subtle" onClick={onAnother}>
          Connect another org
        </Button>
      </Group>
    </Section>
  );
}

const nothing = {
  name: null,
  kind: null,
  environment: null,
  baseUrl: null,
  clientId: null,
  clientSecret: null,
};
