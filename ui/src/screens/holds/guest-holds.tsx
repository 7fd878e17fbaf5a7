import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import type { HoldView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { Shown } from "../../parts/shown-text";
import { keys, useAsk, useReadOnly } from "../../queries";
import { retentionHref } from "../../routes";
import { useRemoveHold } from "./use-remove-hold";

/** The holds that keep a guest, in their panel; nothing where there is none. */
export function GuestHolds({ guest }: { guest: string }) {
  const { data, error, refetch } = useAsk(keys.holdsOnGuest(guest), (core) => core.holdsOnGuest(guest));
  return (
    // Where the holds could not be read, the guest must not look like one without a hold.
    <Answer
      problem={error}
      onRetry={() => void refetch()}
      known={data !== undefined}
      none={data?.length === 0}
      empty={null}
    >
      {data && <OnHold holds={data} />}
    </Answer>
  );
}

function OnHold({ holds }: { holds: HoldView[] }) {
  const readOnly = useReadOnly();
  const remove = useRemoveHold();
  return (
    <Alert
      role="status"
      aria-label="On hold"
      color="yellow"
      variant="light"
      p="xs"
      px="sm"
      mb="sm"
      icon={<IconHandStop size={18} aria-hidden />}
      title={holds.length === 1 ? "On hold" : `On hold, ${holds.length} times`}
    >
      {holds.map((hold) => (
        <Group key={hold.id} justify="space-between" wrap="nowrap" align="flex-start" gap="sm" mb={2}>
          <Text size="xs" c="var(--mantine-color-text)" style={{ overflowWrap: "anywhere" }}>
            <Shown text={hold.reason} />
            <Text span size="xs" c="dimmed">
              {" "}
              · <Shown text={hold.owner} />
              {hold.until && (
                <span style={{ whiteSpace: "nowrap" }}>
                  {" "}
                  · until {hold.until}
                  {hold.overdue && ", overdue"}
                </span>
              )}
              {hold.filter && (
                <>
                  {" "}
                  · all that match <Shown text={hold.filter} />
                </>
              )}
            </Text>
          </Text>
          {hold.guestId === null ? (
            // Removing it would let others go too, so that is done where all holds are.
            <Anchor size="xs" href={retentionHref("holds")} flex="none">
              All holds
            </Anchor>
          ) : (
            !readOnly && (
              <Button
                size="compact-xs"
                variant="default"
                flex="none"
                loading={remove.isPending && remove.variables.id === hold.id}
                onClick={() => remove.mutate(hold)}
              >
                Remove hold
              </Button>
            )
          )}
        </Group>
      ))}
    </Alert>
  );
}
