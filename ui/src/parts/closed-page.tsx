import { Box, Button, Center, Code, Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { type Icon, IconAlertTriangle, IconDatabaseOff, IconLock, IconRefresh } from "@tabler/icons-react";
import type { FailureCode } from "../ipc/bindings";
import { askedOf, failureOf } from "../ipc/core";
import { keys, useAsk, useCommand } from "../queries";
import { CopyText } from "./copy-text";
import { causeLines, nextStep, wordsOf } from "./failure-words";

/** Failures of the data folder itself, with their icons. Every other connection would fail in the same way. */
const folderGlyphs: Partial<Record<FailureCode, Icon>> = {
  folder_locked: IconLock,
  folder_exposed: IconLock,
  no_secret_store: IconLock,
  disk_full: IconAlertTriangle,
  store_damaged: IconDatabaseOff,
  newer_schema: IconDatabaseOff,
};

type Props = { problem: unknown; dataFolder: string | null; trying: boolean; onTry: () => void };

/** The whole window when the data folder or the connection could not be opened. */
export function ClosedPage({ problem, dataFolder, trying, onTry }: Props) {
  const failure = failureOf(problem);
  const words = wordsOf(failure.code);
  const Glyph = folderGlyphs[failure.code] ?? IconAlertTriangle;
  return (
    <Center component="main" h="100vh" p="xl">
      <Stack maw={520} gap="md" role="alert">
        <ThemeIcon size={44} variant="light" color="red" aria-hidden>
          <Glyph size={24} />
        </ThemeIcon>
        <Title order={1} fz={22}>
          {words.cause}
        </Title>
        {causeLines(failure).map((line) => (
          <Text key={line}>{line}</Text>
        ))}
        <Text c="dimmed">{words.effect[askedOf(problem)]}</Text>
        <Box>
          <Text fw={600} size="sm">
            What to do
          </Text>
          {/* The command that mends a folder has the folder's own path in it. */}
          <Text>{failure.code === "folder_exposed" ? failure.next : nextStep(failure)}</Text>
        </Box>
        {dataFolder && (
          <Text size="sm" c="dimmed">
            Data folder <Code>{dataFolder}</Code>
          </Text>
        )}
        {failure.correlationId && <CopyText text={failure.correlationId} label="Copy correlation id" />}
        <Group>
          <Button size="sm" loading={trying} onClick={onTry} leftSection={<IconRefresh size={15} aria-hidden />}>
            Try again
          </Button>
        </Group>
        {!(failure.code in folderGlyphs) && <OtherConnections />}
      </Stack>
    </Center>
  );
}

/** Offered when only this connection cannot be opened: the others. */
function OtherConnections() {
  const { data } = useAsk(keys.connections, (core) => core.connectionsList());
  const use = useCommand((to, name: string) => to.connectionUse(name));
  const others = data?.filter((connection) => !connection.current) ?? [];
  if (others.length === 0) return null;
  return (
    <Box component="section" aria-label="Other connections">
      <Text size="sm" c="dimmed" mb={6}>
        Or open another connection:
      </Text>
      <Group gap="xs">
        {others.map(({ name }) => (
          <Button key={name} variant="default" loading={use.isPending} onClick={() => use.mutate(name)}>
            Use {name}
          </Button>
        ))}
      </Group>
    </Box>
  );
}
