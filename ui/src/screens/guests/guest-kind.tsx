import { Badge, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { dayAndYear, exact } from "../../format";
import type { GuestView } from "../../ipc/bindings";
import { Question } from "../../parts/dialogs";
import { Shown } from "../../parts/shown-text";
import { tell } from "../../parts/tell";
import { useCommand, useRefusal } from "../../queries";
import { kinds } from "../../states/conversation";
import type { Expiry } from "../../states/expiry";
import { useExpiry } from "./use-expiry";

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
  const expiry = useExpiry(guest);
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
            {expiry === null ? kinds[kind].meaning : <Expires expiry={expiry} />}
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

/** The day on which the org lets the contact expire. */
const Expires = ({ expiry: { at, about } }: { expiry: Expiry }) => (
  <>
    {/* vendor-fact: contact-kinds, contact-expiry */}
    The org made this contact by itself. It expires {about ? "about" : "on"}{" "}
    <time dateTime={at} title={exact(at)}>
      {dayAndYear(at)}
    </time>
    , 60 days after the last {about ? "known interaction" : "interaction"}.
  </>
);
