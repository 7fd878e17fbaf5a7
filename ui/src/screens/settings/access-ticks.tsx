import { Group, List, Text } from "@mantine/core";
import { IconCheck, IconQuestionMark, IconX } from "@tabler/icons-react";
import type { ConnectionTest, PermissionView } from "../../ipc/bindings";
import { useChoices } from "./place-field";

/** What a test found of each permission, or of each scope where the org has scopes. */
function useTicks(test: ConnectionTest): PermissionView[] {
  const choices = useChoices();
  if (test.permissions.length > 0) return test.permissions;
  const scopes = choices?.dialects.find(({ name }) => name === test.dialect)?.permissions ?? [];
  return scopes.map((scope) => ({ ...scope, granted: test.scopes.includes(scope.name) }));
}

/** A tick for each permission; what is lost without it where it is missing. */
function AccessTicks({ test }: { test: ConnectionTest }) {
  const ticks = useTicks(test);
  return (
    <List size="xs" spacing={4} aria-label="Permissions" listStyleType="none" withPadding={false}>
      {ticks.map((tick) => (
        <List.Item key={tick.name} icon={<Mark granted={tick.granted} />}>
          <Text span inherit ff="monospace">
            {tick.name}
          </Text>
          {tick.granted !== true && <Missing tick={tick} />}
        </List.Item>
      ))}
    </List>
  );
}

function Missing({ tick: { granted, without, inOtherDivision } }: { tick: PermissionView }) {
  const lead = granted === null ? "It cannot be told whether it is granted. Without it: " : "";
  return (
    <Text inherit c={granted === null ? "dimmed" : "var(--ink-warm)"}>
      {inOtherDivision ? "Granted in other divisions only: give the client's role for this division too. " : lead}
      {without}
    </Text>
  );
}

function Mark({ granted }: { granted: boolean | null }) {
  if (granted === true) return <IconCheck size={14} color="var(--ink-plus)" aria-label="Granted:" role="img" />;
  if (granted === false) return <IconX size={14} color="var(--ink-minus)" aria-label="Missing:" role="img" />;
  return <IconQuestionMark size={14} color="var(--mantine-color-dimmed)" aria-label="Not known:" role="img" />;
}

/** Whose org it is, what the client may do, and what is left of the minute. */
export function TestResult({ test }: { test: ConnectionTest }) {
  const ticks = useTicks(test);
  const missing = ticks.filter(({ granted }) => granted === false).length;
  const of = test.organization?.name ? `${test.organization.name}, ` : "";
  const budget = test.rateTold ? ` Rate budget: ${test.rate.count} of ${test.rate.allowed} this minute.` : "";
  const words = missing === 0 ? "Nothing that the console needs is missing." : `${missing} of ${ticks.length} missing.`;
  const Lead = test.ok ? IconCheck : IconX;
  return (
    <>
      <Group gap={6} mb={6} wrap="nowrap" align="flex-start">
        <Lead size={14} color={test.ok ? "var(--ink-plus)" : "var(--ink-minus)"} aria-hidden style={{ flex: "none" }} />
        <Text size="xs">
          Signed in to {of}
          {test.environment}. {words}
          {budget}
          {!test.ok && " Without what is missing no guests can be shown."}
        </Text>
      </Group>
      <AccessTicks test={test} />
    </>
  );
}
