import { ActionIcon, Anchor, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconSend, IconTrash, IconX } from "@tabler/icons-react";
import { countOf, shortId } from "../../format";
import type { LaneQuery, LaneView, ManyInTime, OrgIdsView } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { useGuestWords } from "../../parts/known-name";
import { OrgIds } from "../../parts/org-ids";
import { manyWords } from "../../parts/outbox-answers";
import { useShowChat } from "../../parts/show-chat";
import { Shown } from "../../parts/shown-text";
import { tell } from "../../parts/tell";
import { useOfferUndo } from "../../parts/undo";
import { keys, useAsk, useCommand, useReadOnly } from "../../queries";
import { writerHref } from "../../routes";
import { triesWords } from "../../states/outbox";
import { LaneMark } from "./lane-list";
import { useOrderQuestion } from "./out-of-order";

type Props = { conversation: string; onClose: () => void };

/** The chosen conversation: its guest, its state, and what can be done with all of its messages. */
export function LaneHead({ conversation, onClose }: Props) {
  const query: LaneQuery = { group: null, search: "", conversationId: conversation };
  const { data } = useAsk(keys.outboxLanes(query, 0), (core) => core.outboxLanes(query, 0, 1));
  const lane = data?.lanes[0];
  const org = useOrgIds(conversation);
  return (
    <Group px="md" pb="sm" gap="sm" justify="space-between" wrap="nowrap" align="flex-start">
      <div style={{ minWidth: 0 }}>
        <Group gap="sm">
          {lane && <GuestLink lane={lane} />}
          <CopyText text={conversation} shown={shortId(conversation)} label="Copy conversation id" />
          {lane && <LaneMark lane={lane} />}
        </Group>
        {org && <OrgIds org={org} />}
        {lane && (
          <Text size="xs" c="dimmed" lineClamp={2}>
            {triesWords(lane.headAttempts)}
            {lane.why !== null && (
              <>
                {" "}
                · <Shown text={lane.why} />
              </>
            )}
          </Text>
        )}
      </div>
      <Group gap={4} wrap="nowrap" flex="none">
        {lane && <LaneActions lane={lane} />}
        <Tooltip label="Show all conversations">
          <ActionIcon aria-label="Show all conversations" onClick={onClose}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}

/** What the org calls the chat, where it has ids of its own for it: its first message says so. */
function useOrgIds(conversation: string): OrgIdsView | null {
  const { data } = useAsk(keys.outboxOrg(conversation), (core) =>
    core.outboxPage({ group: null, conversationId: conversation }, 0, 1),
  );
  return data?.entries[0]?.org ?? null;
}

function GuestLink({ lane }: { lane: LaneView }) {
  const words = useGuestWords();
  const showChat = useShowChat();
  return (
    <Anchor
      href={writerHref(lane.guestId)}
      size="md"
      fw={650}
      c="inherit"
      onClick={(event) => {
        if (lane.guestId !== null) return;
        event.preventDefault();
        showChat(lane.conversationId);
      }}
    >
      <Shown text={words(lane.guestId, lane.conversationId)} />
    </Anchor>
  );
}

function LaneActions({ lane }: { lane: LaneView }) {
  const readOnly = useReadOnly();
  const id = lane.conversationId;
  const order = useOrderQuestion(() => retry.mutate(true));
  const retry = useCommand((core, outOfOrder: boolean) => core.outboxRetryLane(id, outOfOrder), {
    stale: ["outbox"],
    failure: "inline",
    done: (answer) => tell(lane.dead > 0 ? "Sent again" : "Sent now", manyWords(answer), "gray"),
    failed: order.failed,
  });
  const offerUndo = useOfferUndo();
  const discard = useCommand((core) => core.outboxDiscardDead(id), {
    stale: ["outbox"],
    done: (answer: ManyInTime) =>
      offerUndo({
        id: `discarded ${id} ${answer.at}`,
        title: `${countOf(answer.changed, "refused message")} discarded`,
        message: manyWords(answer),
        undo: { did: "discardedDead", conversationId: id, since: answer.at },
      }),
  });
  const button = { size: "compact-sm", variant: "default", disabled: readOnly } as const;
  return (
    <>
      <Button
        {...button}
        loading={retry.isPending}
        leftSection={<IconSend size={14} aria-hidden />}
        onClick={() => retry.mutate(false)}
      >
        {lane.dead > 0 ? "Retry all" : "Send now"}
      </Button>
      {lane.dead > 0 && (
        <Button
          {...button}
          loading={discard.isPending}
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => discard.mutate()}
        >
          Discard {countOf(lane.dead, "refused message")}
        </Button>
      )}
      {order.question}
    </>
  );
}
