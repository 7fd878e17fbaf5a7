import { ActionIcon, Anchor, Badge, Button, Drawer, Group, Text } from "@mantine/core";
import { IconHandStop, IconPlus, IconTrash } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo } from "react";
import { countOf, day, exact } from "../../format";
import type { HoldView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { EmptyState } from "../../parts/empty-state";
import { type GuestWords, useGuestWords } from "../../parts/known-name";
import { Note } from "../../parts/note";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { VirtualGrid } from "../../parts/virtual-grid";
import { keys, useAsk, useReadOnly } from "../../queries";
import { go, guestHref, retentionHref, screenHref, useRoute } from "../../routes";
import { HoldForm } from "./hold-form";
import classes from "./holds.module.css";
import { useRemoveHold } from "./use-remove-hold";

/** All holds, beside the Retention screen. */
export function HoldsDrawer() {
  const { part } = useRoute();
  const readOnly = useReadOnly();
  const remove = useRemoveHold();
  const { data, error, refetch } = useAsk(keys.holds, (core) => core.holdList());
  const { mutate } = remove;
  const words = useGuestWords();
  const columns = useMemo(() => columnsOf(words, readOnly ? null : (hold) => mutate(hold)), [words, readOnly, mutate]);
  const opened = part === "holds" || part === "hold";
  // Overdue first: those wait for a person.
  const holds = useMemo(
    () => [...(data ?? [])].sort((a, b) => Number(b.overdue) - Number(a.overdue) || b.addedAt.localeCompare(a.addedAt)),
    [data],
  );
  const overdue = holds.filter((hold) => hold.overdue).length;

  return (
    <Drawer
      opened={opened}
      onClose={() => go(screenHref("retention"))}
      position="right"
      size={880}
      title="Holds"
      closeButtonProps={{ "aria-label": "Close" }}
      classNames={{ body: classes.drawer }}
    >
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <div>
          <Text size="sm" c="dimmed">
            A guest on hold stays: no policy, no run and no delete by hand takes them until a person removes the hold.
          </Text>
          <Note role="status">
            {data ? `${countOf(holds.length, "hold")}${overdue > 0 ? `, ${overdue} overdue` : ""}` : " "}
          </Note>
        </div>
        {!readOnly && part === "holds" && (
          <Button
            flex="none"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => go(retentionHref("hold"))}
          >
            Add hold
          </Button>
        )}
      </Group>
      {part === "hold" && !readOnly && (
        <HoldForm guest={null} onClose={() => go(retentionHref("holds"))} onAdded={() => go(retentionHref("holds"))} />
      )}
      <Answer
        problem={error}
        onRetry={() => void refetch()}
        known={data !== undefined}
        none={holds.length === 0}
        empty={
          <EmptyState icon={IconHandStop} title="Nobody is on hold">
            Add one for a guest, or for everyone who matches a filter, when records must be kept: a legal case, a
            complaint.
          </EmptyState>
        }
      >
        <div className={classes.list}>
          <VirtualGrid
            label="Holds"
            columns={columns}
            count={data ? holds.length : 6}
            rowAt={(index) => holds[index]}
            rowKey={(hold) => hold.id}
          />
        </div>
      </Answer>
    </Drawer>
  );
}

const columnsOf = (words: GuestWords, remove: ((hold: HoldView) => void) | null): ColumnDef<HoldView>[] => [
  column("who", "Who", "minmax(130px, 1.2fr)", ({ guestId, filter }) =>
    guestId !== null ? (
      <Anchor href={guestHref(guestId)} size="sm" c="inherit" title={guestId}>
        <Shown text={words(guestId)} cut />
      </Anchor>
    ) : (
      <Text span size="xs" ff="monospace">
        <Shown text={filter ?? ""} cut />
      </Text>
    ),
  ),
  column("reason", "Reason", "minmax(140px, 1.6fr)", ({ reason }) => <Shown text={reason} cut />),
  column("owner", "Owner", "minmax(60px, 0.7fr)", ({ owner }) => <Shown text={owner} cut />, { dimmed: true }),
  column("until", "Until", "136px", ({ until, overdue }) =>
    until === null ? (
      <Text span size="sm" c="dimmed">
        No date
      </Text>
    ) : (
      <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
        <span>{until}</span>
        {overdue && (
          <Badge size="xs" color="orange" title="Its last day is over. It holds until a person removes it.">
            Overdue
          </Badge>
        )}
      </Group>
    ),
  ),
  column("added", "Added", "60px", ({ addedAt }) => <span title={exact(addedAt)}>{day(addedAt)}</span>, {
    dimmed: true,
  }),
  ...(remove === null
    ? []
    : [
        column<HoldView>("remove", "Remove", "60px", (hold) => (
          <ActionIcon size={24} aria-label={`Remove the hold "${shown(hold.reason)}"`} onClick={() => remove(hold)}>
            <IconTrash size={14} aria-hidden />
          </ActionIcon>
        )),
      ]),
];
