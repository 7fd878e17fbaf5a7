import { Button, Group, Loader, Progress, Text } from "@mantine/core";
import { IconPlayerStop } from "@tabler/icons-react";
import { count } from "../../format";
import type { ScenarioProgressView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { RelativeTime } from "../../parts/relative-time";
import { Shown } from "../../parts/shown-text";
import { useCommand } from "../../queries";

/**
 * How far a run is: how many ended, how many of them failed, and when it began. How long it will still take nobody knows: a scenario
 * takes a moment or the whole of its limits.
 */
export function RunProgress({ run }: { run: ScenarioProgressView }) {
  const stop = useCommand((core) => core.scenarioStop(), { stale: ["scenarios"] });
  const { total, ended, failed, running, startedAt } = run;
  const [first] = running;
  const share = (part: number) => (total === 0 ? 0 : (part / total) * 100);
  return (
    <Group gap="sm" pb="sm" wrap="nowrap">
      <Loader size={16} aria-hidden />
      <Progress.Root size={8} flex={1} aria-label="Scenarios run">
        <Progress.Section value={share(failed)} color="red.6" aria-label="Failed" />
        <Progress.Section value={share(ended - failed)} color="teal.6" aria-label="Ended otherwise" />
      </Progress.Root>
      <Text size="xs" role="status" flex="none">
        {count(ended)} of {count(total)}
        {failed > 0 && ` · ${count(failed)} failed`}
      </Text>
      <Note flex="none">
        began <RelativeTime time={startedAt} />
      </Note>
      {first && (
        <Note maw={260} truncate>
          <Shown text={first.scenario} />, step {first.step} of {first.steps}
          {running.length > 1 && ` and ${count(running.length - 1)} more`}
        </Note>
      )}
      <Button
        size="compact-sm"
        variant="light"
        color="red"
        flex="none"
        loading={stop.isPending}
        leftSection={<IconPlayerStop size={13} aria-hidden />}
        onClick={() => stop.mutate()}
      >
        Stop
      </Button>
    </Group>
  );
}
