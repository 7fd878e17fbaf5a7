import { ActionIcon, Anchor, Box, Button, Group, Modal, Stack, Text, Textarea, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPencil, IconSend, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { byteLength, count, countOf, moment, shortId } from "../../format";
import type { EntryState, EntryView, GuestDetail, GuestPage } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { RelativeTime } from "../../parts/relative-time";
import { keys, useCommand, useReadOnly } from "../../queries";
import { guestHref } from "../../routes";
import classes from "./outbox.module.css";

type Line = { kind: "conversation"; id: string; guestId: string; held: number } | { kind: "entry"; entry: EntryView };

const states: Record<EntryState, { name: string; color: string }> = {
  queued: { name: "Queued", color: "gray.5" },
  sending: { name: "Sending", color: "teal.6" },
  delivered: { name: "Delivered", color: "teal.6" },
  waiting: { name: "Waiting", color: "yellow.6" },
  uncertain: { name: "Uncertain", color: "orange.6" },
  dead: { name: "Dead", color: "red.6" },
  discarded: { name: "Discarded", color: "gray.5" },
};

export function OutboxList({ entries }: { entries: EntryView[] }) {
  const viewport = useRef<HTMLDivElement>(null);
  const [editing, setEditing] = useState<EntryView | null>(null);
  const lines = useMemo(() => grouped(entries), [entries]);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => viewport.current,
    estimateSize: (index) => (lines[index]?.kind === "conversation" ? 36 : 52),
    overscan: 6,
  });
  return (
    <>
      <div ref={viewport} className={classes.viewport}>
        <ul
          aria-label="Messages not yet delivered"
          className="plain-list"
          style={{ height: virtualizer.getTotalSize(), position: "relative" }}
        >
          {virtualizer.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            return (
              <li
                key={line.kind === "entry" ? line.entry.id : `conversation ${line.id}`}
                className={line.kind === "entry" ? classes.entry : classes.head}
                data-state={line.kind === "entry" ? line.entry.state : undefined}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {line.kind === "entry" ? <Entry entry={line.entry} onEdit={setEditing} /> : <Head line={line} />}
              </li>
            );
          })}
        </ul>
      </div>
      {editing && <EditModal entry={editing} onClose={() => setEditing(null)} />}
    </>
  );
}

function grouped(entries: EntryView[]): Line[] {
  return [...byConversation(entries)].flatMap(([id, group]): Line[] => [
    { kind: "conversation", id, guestId: group[0]?.guestId ?? "", held: group.length },
    ...group.map((entry): Line => ({ kind: "entry", entry })),
  ]);
}

function byConversation(entries: EntryView[]): Map<string, EntryView[]> {
  const groups = new Map<string, EntryView[]>();
  for (const entry of entries) {
    const group = groups.get(entry.conversationId);
    if (group) group.push(entry);
    else groups.set(entry.conversationId, [entry]);
  }
  return groups;
}

function Head({ line }: { line: Extract<Line, { kind: "conversation" }> }) {
  const name = useKnownName(line.guestId);
  return (
    <Group gap="sm" wrap="nowrap" h="100%">
      <Anchor href={guestHref(line.guestId, "conversations")} size="sm" fw={600} c="inherit">
        {name ?? `Guest ${shortId(line.guestId)}`}
      </Anchor>
      <Text size="xs" c="dimmed" title={line.id} truncate>
        conversation {shortId(line.id)} · {countOf(line.held, "message")}
      </Text>
    </Group>
  );
}

/** The guest's name, where this window has read it anyway: no request is spent on it. */
function useKnownName(id: string): string | undefined {
  const client = useQueryClient();
  const detail = client.getQueryData<GuestDetail>(keys.guest(id));
  if (detail) return detail.guest.name;
  for (const [, page] of client.getQueriesData<GuestPage>({ queryKey: ["guests", "page"] })) {
    const guest = page?.guests.find((other) => other.id === id);
    if (guest) return guest.name;
  }
  return undefined;
}

function Entry({ entry, onEdit }: { entry: EntryView; onEdit: (entry: EntryView) => void }) {
  const readOnly = useReadOnly();
  const late = (inTime: boolean) => {
    if (!inTime) tell("Too late", "The message was already on its way; nothing changed.");
  };
  const retry = useCommand((core) => core.outboxRetry(entry.id), {
    stale: ["outbox"],
    done: ({ inTime }) => late(inTime),
  });
  const undo = useCommand((core) => core.outboxUndoDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime }) => late(inTime),
  });
  const discard = useCommand((core) => core.outboxDiscard(entry.id), {
    stale: ["outbox"],
    done: ({ inTime, perhapsSent }) => (inTime ? tellDiscarded(entry, perhapsSent, () => undo.mutate()) : late(inTime)),
  });
  const { name, color } = states[entry.state];
  const settled = entry.state === "sending" || entry.state === "delivered";
  const label = `message ${entry.seq}`;

  return (
    <div className={classes.columns}>
      <Text size="xs" c="dimmed" ta="end">
        {entry.seq}
      </Text>
      <Box miw={0}>
        <Text size="sm" truncate title={entry.text}>
          {entry.text}
        </Text>
        <Text size="xs" c="dimmed" truncate title={entry.why ?? undefined}>
          {entry.why ?? `Written ${moment(entry.writtenAt)}`}
        </Text>
      </Box>
      <Box>
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
      <Group gap={2} wrap="nowrap" justify="flex-end">
        {entry.state === "discarded" ? (
          <Button size="compact-xs" variant="default" disabled={readOnly} onClick={() => undo.mutate()}>
            Undo
          </Button>
        ) : (
          <>
            <Act label={`Retry ${label}`} tip="Send now" disabled={readOnly || settled} onClick={() => retry.mutate()}>
              <IconSend size={15} aria-hidden />
            </Act>
            <Act label={`Edit ${label}`} tip="Edit" disabled={readOnly || settled} onClick={() => onEdit(entry)}>
              <IconPencil size={15} aria-hidden />
            </Act>
            <Act
              label={`Discard ${label}`}
              tip="Discard"
              disabled={readOnly || settled}
              onClick={() => discard.mutate()}
            >
              <IconTrash size={15} aria-hidden />
            </Act>
          </>
        )}
      </Group>
    </div>
  );
}

function triesWords(attempts: number): string {
  if (attempts === 0) return "not tried yet";
  return attempts === 1 ? "1 try" : `${count(attempts)} tries`;
}

type ActProps = { label: string; tip: string; disabled: boolean; onClick: () => void; children: React.ReactNode };

const Act = ({ label, tip, disabled, onClick, children }: ActProps) => (
  <Tooltip label={tip}>
    <ActionIcon aria-label={label} disabled={disabled} onClick={onClick}>
      {children}
    </ActionIcon>
  </Tooltip>
);

const tell = (title: string, message: string) => notifications.show({ color: "yellow", title, message });

const PERHAPS = "An earlier try may have reached the org.";

function tellDiscarded(entry: EntryView, perhapsSent: boolean, undo: () => void) {
  const id = `discarded ${entry.id}`;
  notifications.show({
    id,
    color: "gray",
    title: "Message discarded",
    autoClose: 10_000,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="xs" truncate>
          {perhapsSent ? PERHAPS : entry.text}
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          flex="none"
          onClick={() => {
            undo();
            notifications.hide(id);
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}

function EditModal({ entry, onClose }: { entry: EntryView; onClose: () => void }) {
  const [text, setText] = useState(entry.text);
  const bytes = byteLength(text);
  const over = bytes > 4096;
  const save = useCommand((core, next: string) => core.outboxEdit(entry.id, next), {
    stale: ["outbox"],
    done: ({ inTime, perhapsSent }) => {
      if (!inTime) tell("Too late", "The message was already on its way; it went as it was.");
      else if (perhapsSent) tell("Changed here", PERHAPS);
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Edit message ${entry.seq}`} size={480}>
      <Stack gap="sm">
        <Textarea
          aria-label="Text of the message"
          autosize
          minRows={3}
          maxRows={12}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={over ? `At most 4,096 bytes; this has ${count(bytes)}.` : null}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={over || text.trim() === "" || text === entry.text}
            loading={save.isPending}
            onClick={() => save.mutate(text)}
          >
            Save message
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
