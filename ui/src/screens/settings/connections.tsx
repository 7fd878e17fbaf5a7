import { Badge, Button, Group, Skeleton, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useState } from "react";
import type { ConnectionView } from "../../ipc/bindings";
import { CoreFailure } from "../../ipc/core";
import { Answer } from "../../parts/answer";
import { Question } from "../../parts/dialogs";
import { FailureNotice } from "../../parts/failure-notice";
import { Section } from "../../parts/section";
import { shown } from "../../parts/shown";
import { keys, useAsk, useCommand } from "../../queries";
import { kindColor, kindName } from "../../theme";
import { TestResult } from "./access-ticks";
import { nameOf } from "./dialects";
import { EditConnection } from "./edit-connection";
import { EmbeddedDialect } from "./embedded-dialect";
import { RemoveConnection } from "./remove-connection";
import classes from "./settings.module.css";
import { type LabLoss, useLabLoss } from "./use-lab-loss";

export function Connections() {
  const { data, error, refetch } = useAsk(keys.connections, (core) => core.connectionsList());
  const loss = useLabLoss();
  return (
    <Section title="Connections" purpose="Each has a data folder, an outbox and a retention policy of its own.">
      <Answer problem={error} onRetry={() => void refetch()} known={data !== undefined} none={false} empty={null}>
        {!data && <Skeleton h={44} />}
        <ul className="plain-list" aria-label="Connections">
          {data?.map((connection) => (
            <Line key={connection.name} connection={connection} loss={loss} />
          ))}
        </ul>
      </Answer>
    </Section>
  );
}

const button = { variant: "default", size: "compact-sm" } as const;

function Line({ connection, loss }: { connection: ConnectionView; loss: LabLoss }) {
  const { name, kind, environment, dialect, clientId, readOnly, current, builtIn, signIn, deployment } = connection;
  const [asked, setAsked] = useState<"edit" | "remove" | "use" | null>(null);
  const test = useCommand((core) => core.connectionTest(name), { failure: "inline" });
  const use = useCommand((core) => core.connectionUse(name), {
    failure: "inline",
    stale: ["connections"],
    done: () => setAsked(null),
    failed: () => setAsked(null),
  });
  const problem = test.error ?? use.error ?? (signIn === null ? null : new CoreFailure(signIn));

  return (
    <li className={classes.line} aria-label={name} data-current={current || undefined}>
      <Group wrap="nowrap" gap="md">
        <Badge size="md" color={kindColor[kind]} w={104} flex="none">
          {kindName[kind]}
        </Badge>
        <div className={classes.identity}>
          <Group gap={6} wrap="nowrap">
            <Text size="sm" fw={600} truncate>
              {name}
            </Text>
            {current && (
              <Text size="xs" c="var(--ink-plus)" fw={600} flex="none">
                in use
              </Text>
            )}
            {readOnly && (
              <Group gap={3} wrap="nowrap" flex="none">
                <IconLock size={12} aria-hidden />
                <Text size="xs" c="dimmed">
                  read-only
                </Text>
              </Group>
            )}
          </Group>
          <Text size="xs" c="dimmed" truncate>
            {environment} · {nameOf(dialect)} · client {clientId}
            {deployment && ` · deployment ${shown(deployment)}`}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap" flex="none">
          <Button {...button} loading={test.isPending} onClick={() => test.mutate()}>
            Test
          </Button>
          <Button
            {...button}
            disabled={current}
            loading={use.isPending}
            onClick={() => (loss.byUse === null ? use.mutate() : setAsked("use"))}
          >
            Use
          </Button>
          <Button
            {...button}
            disabled={builtIn}
            title={builtIn ? "The embedded simulator stays as it is" : undefined}
            onClick={() => setAsked("edit")}
          >
            Edit
          </Button>
          <Button
            {...button}
            variant="subtle"
            color="red"
            disabled={builtIn || current}
            title={builtIn ? "The embedded simulator stays" : current ? "Use another connection first" : undefined}
            onClick={() => setAsked("remove")}
          >
            Remove
          </Button>
        </Group>
      </Group>
      {builtIn && <EmbeddedDialect connection={connection} />}
      <div role="status" className={classes.tested}>
        {/* What another dialect was found to grant says nothing of this one. */}
        {test.data?.dialect === dialect && <TestResult test={test.data} />}
      </div>
      <FailureNotice
        problem={problem}
        mt="xs"
        action="Edit the connection"
        onAction={builtIn ? undefined : () => setAsked("edit")}
      />
      {asked === "edit" && (
        <EditConnection connection={connection} loss={current ? loss.byEdit : null} onClose={() => setAsked(null)} />
      )}
      {asked === "use" && (
        <Question
          title={`Use the connection "${name}"?`}
          size={440}
          onStay={() => setAsked(null)}
          act="Use connection"
          onAct={() => use.mutate()}
          loading={use.isPending}
        >
          <Text size="sm">
            The open connection is closed for it; its outbox, policies and chats that go on stay with it. {loss.byUse}
          </Text>
        </Question>
      )}
      {asked === "remove" && <RemoveConnection name={name} onClose={() => setAsked(null)} />}
    </li>
  );
}
