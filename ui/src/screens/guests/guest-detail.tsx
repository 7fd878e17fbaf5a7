import { ActionIcon, Box, Button, Group, Menu, Modal, Skeleton, Stack, Tabs, Text, Title } from "@mantine/core";
import { IconDotsVertical, IconHandStop, IconMessagePlus, IconPencilPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { guestDialog } from "../../draft-words";
import { moment, shortId } from "../../format";
import type { GuestDetail } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { useOffered } from "../../parts/actions";
import { CopyText } from "../../parts/copy-text";
import { QuestionFoot } from "../../parts/dialog-foot";
import { KeptOfGuest } from "../../parts/drafts-drawer";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { usePlace } from "../../places";
import { keys, useCommand, useReadOnly } from "../../queries";
import { type GuestTab, go, guestHref, screenHref } from "../../routes";
import { GuestHolds } from "../holds/guest-holds";
import { HoldForm } from "../holds/hold-form";
import { AttributesTab } from "./attributes-tab";
import { ConversationsTab } from "./conversations-tab";
import { GuestChain } from "./guest-chain";
import classes from "./guests.module.css";
import { InteractionModal } from "./interaction-modal";
import { SessionBlock } from "./session-block";
import { AGAIN, useChatAgain } from "./use-chat-again";

type Props = { id: string; tab: GuestTab; onClose: () => void };

export function GuestDetailPanel({ id, tab, onClose }: Props) {
  const core = useCore();
  const { data, error, refetch } = useQuery({ queryKey: keys.guest(id), queryFn: () => core.guestOpen(id) });

  if (error && !data) {
    return (
      <Stack p="md" gap="sm">
        <Group justify="space-between">
          <CopyText text={id} shown={shortId(id)} label="Copy id" />
          <CloseButton onClose={onClose} />
        </Group>
        <FailureNotice
          problem={error}
          action={
            <Button size="compact-xs" variant="default" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        />
        <KeptOfGuest guest={id} />
      </Stack>
    );
  }
  if (!data) return <DetailSkeleton onClose={onClose} />;
  return <Detail detail={data} tab={tab} problem={error} onClose={onClose} />;
}

type DetailProps = { detail: GuestDetail; tab: GuestTab; problem: unknown; onClose: () => void };

function Detail({ detail, tab, problem, onClose }: DetailProps) {
  const { guest } = detail;
  const [dialog, setDialog] = useGuestDialog(guest.id);
  const record = () => setDialog("interaction");
  return (
    <div className={classes.detail}>
      <InteractionModal guest={guest} opened={dialog === "interaction"} onClose={() => setDialog(null)} />
      <Box px="md" pt="sm">
        <Group justify="space-between" wrap="nowrap" gap={4}>
          <Title
            order={2}
            fz="lg"
            lh={1.4}
            lineClamp={3}
            title={shown(guest.name)}
            style={{ overflowWrap: "anywhere" }}
          >
            <Shown text={guest.name} />
          </Title>
          <Group gap={0} wrap="nowrap">
            <GuestMenu detail={detail} onRecord={record} onClose={onClose} />
            <CloseButton onClose={onClose} />
          </Group>
        </Group>
        <Text
          size="sm"
          c="dimmed"
          truncate
          title={`${shown(guest.email ?? "No e-mail")} · guest since ${moment(guest.createdTime)}`}
        >
          {guest.email === null ? "No e-mail" : <Shown text={guest.email} />} · guest since {moment(guest.createdTime)}
        </Text>
        <Box mt={2} mb="sm">
          <CopyText text={guest.id} shown={shortId(guest.id)} label="Copy id" />
        </Box>
        {problem !== null && (
          <>
            <FailureNotice problem={problem} />
            <Text size="xs" c="var(--ink-warm)" role="status" my={6}>
              Below is what was answered before.
            </Text>
          </>
        )}
        <GuestChain detail={detail} />
        <GuestHolds guest={guest.id} />
        <SessionBlock detail={detail} />
      </Box>
      <Tabs
        className={classes.tabs}
        value={tab}
        onChange={(value) => go(guestHref(guest.id, value === "conversations" ? "conversations" : "attributes"))}
        keepMounted={true}
      >
        <Tabs.List px="md" mt="xs">
          <Tabs.Tab value="attributes" fz="sm">
            Attributes
          </Tabs.Tab>
          <Tabs.Tab value="conversations" fz="sm">
            Conversations
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="attributes" className={tab === "attributes" ? classes.tabPanel : undefined}>
          <AttributesTab guest={guest} onRecord={record} />
        </Tabs.Panel>
        <Tabs.Panel value="conversations" className={tab === "conversations" ? classes.tabPanel : undefined}>
          <ConversationsTab detail={detail} old={problem !== null} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

/** Which dialog of a guest is open; a draft in the list leads to its own. */
const useGuestDialog = (guest: string) => usePlace<"interaction" | "hold" | null>(guestDialog(guest), null);

type MenuProps = { detail: GuestDetail; onRecord: () => void; onClose: () => void };

function GuestMenu({ detail, onRecord, onClose }: MenuProps) {
  const { guest } = detail;
  const readOnly = useReadOnly();
  const [deleting, setDeleting] = useState(false);
  const [dialog, setDialog] = useGuestDialog(guest.id);
  const again = useChatAgain(guest);
  const remove = useCommand((core) => core.guestDelete(guest.id, guest.version), {
    stale: ["guests", "audit"],
    failure: "inline",
    done: () => {
      setDeleting(false);
      onClose();
      go(screenHref("guests"));
    },
  });
  const size = 16;
  const named = (label: string, icon: ReactNode, run: () => void) => ({
    id: label,
    label,
    hint: guest.name,
    icon,
    run,
  });
  useOffered([
    ...(readOnly
      ? []
      : [
          named("Record interaction…", <IconPencilPlus size={size} aria-hidden />, onRecord),
          named("Put on hold…", <IconHandStop size={size} aria-hidden />, () => setDialog("hold")),
          named("Delete guest…", <IconTrash size={size} aria-hidden />, () => setDeleting(true)),
        ]),
    named("Close the guest panel", <IconX size={size} aria-hidden />, onClose),
  ]);
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon aria-label="More for this guest">
            <IconDotsVertical size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencilPlus size={15} aria-hidden />} disabled={readOnly} onClick={onRecord}>
            Record interaction…
          </Menu.Item>
          <Menu.Item
            leftSection={<IconMessagePlus size={15} aria-hidden />}
            disabled={readOnly || again.isPending}
            title={AGAIN}
            onClick={() => again.start()}
          >
            Start again as a new guest
          </Menu.Item>
          <Menu.Item
            leftSection={<IconHandStop size={15} aria-hidden />}
            disabled={readOnly}
            onClick={() => setDialog("hold")}
          >
            Put on hold…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={15} aria-hidden />}
            disabled={readOnly}
            onClick={() => setDeleting(true)}
          >
            Delete guest…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={
          <span title={shown(guest.name)}>
            Delete <Shown text={guest.name} />?
          </span>
        }
        size={420}
      >
        <Stack gap="sm">
          <Text size="sm">
            The guest, their attributes and their session go from the org, and their conversations close. This cannot be
            undone.
          </Text>
          <KeptOfGuest guest={guest.id} />
          {remove.error !== null && <FailureNotice problem={remove.error} />}
          <QuestionFoot
            onStay={() => setDeleting(false)}
            act="Delete guest"
            onAct={() => remove.mutate()}
            loading={remove.isPending}
          />
        </Stack>
      </Modal>
      <Modal
        opened={dialog === "hold"}
        onClose={() => setDialog(null)}
        title={
          <span title={shown(guest.name)}>
            Put <Shown text={guest.name} /> on hold
          </span>
        }
        size={440}
      >
        <Text size="sm" c="dimmed" mb="sm">
          No policy, no run and no delete by hand takes this guest until a person removes the hold.
        </Text>
        <HoldForm guest={guest} onClose={() => setDialog(null)} onAdded={() => setDialog(null)} />
      </Modal>
    </>
  );
}

const CloseButton = ({ onClose }: { onClose: () => void }) => (
  <ActionIcon aria-label="Close the guest panel" onClick={onClose}>
    <IconX size={16} aria-hidden />
  </ActionIcon>
);

/** The shape of the panel, so that nothing jumps when the guest arrives. */
function DetailSkeleton({ onClose }: { onClose: () => void }) {
  return (
    <Box px="md" pt="sm" aria-busy="true">
      <Group justify="space-between" mb={6}>
        <Skeleton h={16} w={150} />
        <CloseButton onClose={onClose} />
      </Group>
      <Skeleton h={11} w={260} />
      <Skeleton h={11} w={90} mt={14} />
      <Skeleton h={64} mt={18} />
      <Stack gap={19} mt={66}>
        {[80, 64, 72, 58, 76].map((width) => (
          <Skeleton key={width} h={16} w={`${width}%`} />
        ))}
      </Stack>
    </Box>
  );
}
