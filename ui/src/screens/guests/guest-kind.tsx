import { Badge, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import type { GuestView } from "../../ipc/bindings";
import { Question } from "../../parts/dialogs";
import { Shown } from "../../parts/shown-text";
import { tell } from "../../parts/tell";
import { useCommand, useRefusal } from "../../queries";
import { kinds } from "../../states/conversation";

type Props = {
  guest: GuestView;
  /** The record that was asked for was merged into this one. */
  merged: boolean;
};

/** How the org came to know the guest, what becomes of them, and how a person keeps one who would expire. */
export function GuestKind({ guest, merged }: Props) {
  const [asking, setAsking] = useState(false);
  const refusal = useRefusal("keepGuest");
  const promote = useCommand((core) => core.guestPromote(guest.id), {
    stale: ["guests", "audit"],
    failure: "inline",
    done: () => {
      setAsking(false);
      // vendor-fact: contact-promotion
      tell("The contact is kept", "It is a curated one from now on: listed, and there until it is deleted.");
    },
  });
  const { kind } = guest;
  return (
    <>
      {merged && (
        <Text size="xs" c="var(--ink-warm)" role="status" mb={6}>
          {/* vendor-fact: contact-merge */}
          The contact that you opened was merged into this one, which stands for it now.
        </Text>
      )}
      {kind !== null && (
        <Group gap="xs" mb="sm" align="flex-start" wrap="nowrap">
          <Badge variant="light" color={kind === "curated" ? "teal" : "gray"} flex="none" tt="none">
            {kinds[kind].name}
          </Badge>
          <Text size="xs" c="dimmed" flex={1}>
            {kinds[kind].meaning}
          </Text>
          {kind !== "curated" && (
            <Button
              size="compact-xs"
              variant="default"
              flex="none"
              disabled={refusal !== null}
              title={refusal ?? undefined}
              onClick={() => setAsking(true)}
            >
              Keep…
            </Button>
          )}
        </Group>
      )}
      <Question
        opened={asking}
        title={
          <>
            Keep <Shown text={guest.name} />?
          </>
        }
        size={420}
        problem={promote.error}
        stay="Leave as it is"
        onStay={() => setAsking(false)}
        // vendor-fact: contact-promotion
        act="Keep as a curated contact"
        onAct={() => promote.mutate()}
        loading={promote.isPending}
      >
        <Text size="sm">
          {/* vendor-fact: contact-promotion */}
          The contact no longer expires: it becomes a curated one, which every search of the org finds and which stays
          until somebody deletes it. The console cannot make it expire by itself again.
        </Text>
      </Question>
    </>
  );
}
