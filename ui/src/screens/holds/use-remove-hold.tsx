import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { HoldView } from "../../ipc/bindings";
import { useCommand } from "../../queries";

const stale = ["holds", "audit", "retention"] as const;

/** Removes a hold, and offers to add the same one again. */
export function useRemoveHold() {
  const again = useCommand(
    (core, { id, guestId, filter, reason, owner, until }: HoldView) =>
      core.holdAdd(id, { guest: guestId, filter, reason, owner, until }),
    { stale: [...stale] },
  );
  return useCommand((core, hold: HoldView) => core.holdRemove(hold.id), {
    stale: [...stale],
    done: (_removed, hold) => {
      const id = `hold-${hold.id}`;
      notifications.show({
        id,
        autoClose: 12_000,
        withBorder: true,
        title: "Hold removed",
        message: (
          <Group gap="xs" justify="space-between" wrap="nowrap">
            <Text size="xs">
              {hold.guestId === null ? "Guests that match can go again." : "The guest can go again."}
            </Text>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                notifications.hide(id);
                again.mutate(hold);
              }}
            >
              Undo
            </Button>
          </Group>
        ),
      });
    },
  });
}
