import { ActionIcon, Box, Group, Menu, Modal, Skeleton, Stack, Tabs, Text, Title } from "@mantine/core";
import {
  type Icon,
  IconDotsVertical,
  IconHandStop,
  IconMessagePlus,
  IconPencilPlus,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { guestDialog } from "../../draft-words";
import { moment, shortId } from "../../format";
import type { GuestDetail } from "../../ipc/bindings";
import { type Action, useActions, useOffered } from "../../parts/actions";
import { CopyText } from "../../parts/copy-text";
import { Question } from "../../parts/dialogs";
import { KeptOfGuest } from "../../parts/drafts-drawer";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { usePlace } from "../../places";
import { keys, useAbilities, useAsk, useChatRefusal, useCommand, useReadOnly, useRefusal } from "../../queries";
import { type GuestTab, go, guestHref, screenHref } from "../../routes";
import { GuestHolds } from "../holds/guest-holds";
import { HoldForm } from "../holds/hold-form";
import { AttributesTab } from "./attributes-tab";
import { AGAIN, AS_THEM, playedAs, useChatAgain } from "./chat-again";
import { ChatList } from "./chat-list";
import { ConversationsTab } from "./conversations-tab";
import { GuestChain } from "./guest-chain";
import { GuestKind } from "./guest-kind";
import { InteractionModal } from "./interaction-modal";
import { SessionBlock } from "./session-block";

type Props = { id: string; tab: GuestTab; onClose: () => void };

export function GuestDetailPanel({ id, tab, onClose }: Props) {
  const client = useQueryClient();
  const { data, error, refetch } = useAsk(keys.guest(id), (core) => core.guestOpen(id));
  // A merged contact leads to the one that stands for it, under whose id it is edited and found again.
  const stands = data?.guest.id;
  useEffect(() => {
    if (stands === undefined || stands === id) return;
    client.setQueryData(keys.guest(stands), data);
    go(guestHref(stands, tab));
  }, [client, data, id, stands, tab]);

  if (error && !data) {
    return (
      <Stack p="md" gap="sm">
        <Group justify="space-between">
          <CopyText text={id} shown={shortId(id)} label="Copy id" />
          <CloseButton onClose={onClose} />
        </Group>
        <FailureNotice problem={error} onAction={() => void refetch()} />
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
  const can = useAbilities();
  const record = () => setDialog("interaction");
  return (
    <Stack gap={0} h="100%" mih={0}>
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
          {guest.email === null ? "No e-mail" : <Shown text={guest.email} />}
          {guest.phone !== null && (
            <>
              {" · "}
              <Shown text={guest.phone} />
            </>
          )}{" "}
          · guest since {moment(guest.createdTime)}
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
        <GuestKind guest={guest} merged={detail.merged} />
        <GuestChain detail={detail} />
        <GuestHolds guest={guest.id} />
        <SessionBlock detail={detail} />
      </Box>
      <Tabs
        className="fill"
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
        <Tabs.Panel value="attributes" className={tab === "attributes" ? "fill" : undefined}>
          <AttributesTab guest={guest} fields={detail.fields} onRecord={record} />
        </Tabs.Panel>
        <Tabs.Panel value="conversations" className={tab === "conversations" ? "fill" : undefined}>
          {can.conversations ? (
            <ChatList guest={guest.id} played={detail.played} />
          ) : (
            <ConversationsTab detail={detail} old={problem !== null} />
          )}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** Which dialog of a guest is open; a draft in the list leads to its own. */
const useGuestDialog = (guest: string) => usePlace<"interaction" | "hold" | null>(guestDialog(guest), null);

type MenuProps = { detail: GuestDetail; onRecord: () => void; onClose: () => void };

function GuestMenu({ detail, onRecord, onClose }: MenuProps) {
  const { guest } = detail;
  const readOnly = useReadOnly();
  const noChange = useRefusal("changeGuest");
  const noDelete = useRefusal("deleteGuests");
  const noChat = useChatRefusal();
  const { startChatOf } = useActions();
  const [deleting, setDeleting] = useState(false);
  const [dialog, setDialog] = useGuestDialog(guest.id);
  const again = useChatAgain(guest);
  const remove = useCommand((core) => core.guestDelete(guest.id, guest.revision), {
    stale: ["guests", "audit"],
    failure: "inline",
    done: () => {
      setDeleting(false);
      onClose();
      go(screenHref("guests"));
    },
  });
  const named = (label: string, icon: Icon, run: () => void): Action => ({
    id: label,
    label,
    hint: guest.name,
    icon,
    run,
  });
  const record = named("Record interaction…", IconPencilPlus, onRecord);
  const hold = named("Put on hold…", IconHandStop, () => setDialog("hold"));
  const askToDelete = named("Delete guest…", IconTrash, () => setDeleting(true));
  const startAgain = named("Start again as a new guest", IconMessagePlus, again.start);
  const chatAsThem = named("Start a chat as them…", IconMessagePlus, () => startChatOf(playedAs(guest)));
  const can = useAbilities();
  useOffered([
    ...(noChange === null ? [record] : []),
    ...(readOnly ? [] : [hold]),
    ...(noDelete === null ? [askToDelete] : []),
    ...(can.chatBySocket && noChat === null ? [chatAsThem] : []),
    named("Close the guest panel", IconX, onClose),
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
          <Item action={record} disabled={noChange !== null} title={noChange ?? undefined} />
          {can.chat && (
            <Item action={startAgain} disabled={noChat !== null || again.isPending} title={noChat ?? AGAIN} />
          )}
          {can.chatBySocket && <Item action={chatAsThem} disabled={noChat !== null} title={noChat ?? AS_THEM} />}
          <Item action={hold} disabled={readOnly} />
          <Menu.Divider />
          <Item action={askToDelete} disabled={noDelete !== null} title={noDelete ?? undefined} color="red" />
        </Menu.Dropdown>
      </Menu>
      <Question
        opened={deleting}
        title={
          <span title={shown(guest.name)}>
            Delete <Shown text={guest.name} />?
          </span>
        }
        size={420}
        problem={remove.error}
        onStay={() => setDeleting(false)}
        act="Delete guest"
        onAct={() => remove.mutate()}
        loading={remove.isPending}
      >
        <Text size="sm">
          {can.notRemoved === null
            ? "The guest, their attributes and their session go from the org, and their conversations close. This cannot be undone."
            : `${can.notRemoved} This cannot be undone.`}
        </Text>
        <KeptOfGuest guest={guest.id} />
      </Question>
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

type ItemProps = { action: Action; disabled: boolean; title?: string; color?: "red" };

const Item = ({ action: { label, icon: Glyph, run }, ...rest }: ItemProps) => (
  <Menu.Item leftSection={<Glyph size={15} aria-hidden />} onClick={run} {...rest}>
    {label}
  </Menu.Item>
);

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
