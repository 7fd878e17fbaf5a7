import { ActionIcon, Anchor, Box, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconPencil, IconSend, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { moment, shortId } from "../../format";
import type { EntryView } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { RelativeTime } from "../../parts/relative-time";
import { useCommand, useReadOnly } from "../../queries";
import { guestHref } from "../../routes";
import { tellDiscarded, tellLate, tellOne } from "./answers";
import { useGuestWords } from "./known-name";
import classes from "./outbox.module.css";
import { entryStates, triesWords } from "./outbox-meta";

type Props = {
  entry: EntryView;
  /** Names the guest: the first of a conversation where several stand under each other. */
  headed: "named" | "unnamed" | "alone";
  damaged: boolean;
  open: boolean;
  onToggle: () => void;
  onEdit: (entry: EntryView) => void;
};

/** One message: place, text, where it stands, what can be done. */
export function EntryRow({ entry, headed, damaged, open, onToggle, onEdit }: Props) {
  const { name, color } = entryStates[entry.state];
  return (
    <div className={classes.columns} data-alone={headed === "alone" || undefined}>
      {headed !== "alone" && <div>{headed === "named" && <GuestName entry={entry} />}</div>}
      <Text size="xs" c="dimmed" ta="end">
        {entry.seq}
      </Text>
      <Box miw={0}>
        <UnstyledButton
          className={classes.text}
          aria-expanded={open}
          title={open ? "Show one line" : "Show all of it"}
          data-open={open || undefined}
          onClick={onToggle}
        >
          {damaged ? <i>The text is damaged on this disk and cannot be shown.</i> : entry.text}
        </UnstyledButton>
        <Text size="xs" c="dimmed" truncate title={entry.why ?? undefined}>
          {entry.why ?? `Written ${moment(entry.writtenAt)}`}
        </Text>
      </Box>
      <Box miw={0}>
        <Dot color={color}>{name}</Dot>
        <Text size="xs" c="dimmed" pl={14} truncate>
          {triesWords(entry.attempts)}
          {entry.until && (
            <>
              , next <RelativeTime time={entry.until} />
            </>
          )}
        </Text>
      </Box>
      <EntryActions entry={entry} damaged={damaged} onEdit={onEdit} />
    </div>
  );
}

function GuestName({ entry }: { entry: EntryView }) {
  const words = useGuestWords(entry.guestId);
  return (
    <>
      <Anchor href={guestHref(entry.guestId, "conversations")} size="sm" fw={600} c="inherit" truncate display="block">
        {words}
      </Anchor>
      <Text size="xs" c="dimmed" title={entry.conversationId} truncate>
        {shortId(entry.conversationId)}
      </Text>
    </>
  );
}

function EntryActions({ entry, damaged, onEdit }: Pick<Props, "entry" | "damaged" | "onEdit">) {
  const readOnly = useReadOnly();
  const label = `message ${entry.seq}`;
  const dead = entry.state === "dead";
  const retry = useCommand((core) => core.outboxRetry(entry.id), {
    stale: ["outbox"],
    done: (answer) =>
      tellOne(answer, dead ? "Sent again" : "Sent now", `In time: ${label} goes as soon as its turn comes.`),
  });
  const undo = useCommand((core) => core.outboxUndoDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime }) => {
      if (!inTime) tellLate("A later message of its conversation was sent meanwhile; it stays discarded.");
    },
  });
  const discard = useCommand((core) => core.outboxDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime, perhapsSent }) => {
      if (!inTime) tellLate();
      else
        tellDiscarded(`discarded ${entry.id}`, "Message discarded", `In time: ${entry.text}`, perhapsSent, () =>
          undo.mutate(),
        );
    },
  });
  const still = readOnly || entry.state === "sending";
  // What may have been sent cannot be changed any more: the org would take it for a repeat.
  const fixed = still || damaged || entry.state === "uncertain";
  return (
    <Group gap={2} wrap="nowrap" justify="flex-end">
      <Act
        label={`${dead ? "Retry" : "Send"} ${label}${dead ? "" : " now"}`}
        tip={dead ? "Retry" : "Send now"}
        disabled={still || retry.isPending}
        onClick={() => retry.mutate()}
      >
        <IconSend size={15} aria-hidden />
      </Act>
      <Act label={`Edit ${label}`} tip="Edit" disabled={fixed} onClick={() => onEdit(entry)}>
        <IconPencil size={15} aria-hidden />
      </Act>
      <Act
        label={`Discard ${label}`}
        tip="Discard"
        disabled={still || discard.isPending}
        onClick={() => discard.mutate()}
      >
        <IconTrash size={15} aria-hidden />
      </Act>
    </Group>
  );
}

type ActProps = { label: string; tip: string; disabled: boolean; onClick: () => void; children: ReactNode };

/** Disabled without a ground: a row of grey boxes would say more than that one thing cannot be done. */
const Act = ({ label, tip, disabled, onClick, children }: ActProps) => (
  <Tooltip label={tip}>
    <ActionIcon aria-label={label} disabled={disabled} onClick={onClick} {...(disabled && { bg: "transparent" })}>
      {children}
    </ActionIcon>
  </Tooltip>
);
