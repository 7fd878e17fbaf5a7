import { Alert, Button, Skeleton, Stack, Text } from "@mantine/core";
import { IconChecks, IconPlayerPause } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useCore } from "../../ipc/context";
import { EmptyState } from "../../parts/empty-state";
import { FailureNotice } from "../../parts/failure-notice";
import { ScreenPage } from "../../parts/screen-page";
import { outboxWords } from "../../parts/status-strip";
import { keys, useCommand, useStatus } from "../../queries";
import { OutboxList } from "./outbox-list";

const PURPOSE =
  "Every message that is not yet delivered, in the order of its conversation. Nothing here is ever given up because of the network.";

export default function OutboxScreen() {
  const core = useCore();
  const { outbox, online } = useStatus();
  const { data, error, refetch } = useQuery({ queryKey: keys.outbox, queryFn: () => core.outboxList() });
  const resume = useCommand((to) => to.outboxResume(), { stale: ["outbox"] });

  return (
    <ScreenPage
      title="Outbox"
      purpose={PURPOSE}
      fill
      actions={
        <Text size="xs" c="dimmed" role="status">
          {online.switchedOn ? outboxWords(outbox) : `Offline · ${outboxWords(outbox)}`}
        </Text>
      }
    >
      {data?.paused != null && (
        <Alert
          role="alert"
          mb="md"
          p="sm"
          color="red"
          icon={<IconPlayerPause size={18} aria-hidden />}
          title="The whole outbox stands still"
        >
          <Text size="xs">{data.paused}</Text>
          <Text size="xs" c="dimmed">
            Messages are kept in order. Mend the cause, then resume.
          </Text>
          <Button
            mt="xs"
            size="compact-sm"
            variant="default"
            loading={resume.isPending}
            onClick={() => resume.mutate()}
          >
            Resume
          </Button>
        </Alert>
      )}
      {error && (
        <FailureNotice
          problem={error}
          action={
            <Button size="compact-xs" variant="default" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        />
      )}
      {!data && !error && (
        <Stack gap={20} aria-busy="true">
          {[70, 60, 75, 50].map((width) => (
            <Skeleton key={width} h={16} w={`${width}%`} />
          ))}
        </Stack>
      )}
      {data?.entries.length === 0 && (
        <EmptyState icon={IconChecks} title="Everything is delivered">
          Messages show up here while they wait: when you are offline, when the org limits or refuses them, or when an
          answer was lost on the way.
        </EmptyState>
      )}
      {data && data.entries.length > 0 && <OutboxList entries={data.entries} />}
    </ScreenPage>
  );
}
