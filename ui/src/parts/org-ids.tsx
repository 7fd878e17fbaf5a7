import { Anchor, Group, Text } from "@mantine/core";
import { shortId } from "../format";
import type { OrgIdsView } from "../ipc/bindings";
import { guestHref } from "../routes";
import { CopyText } from "./copy-text";

/** What the org calls a chat and its guest, to copy; the contact leads to its panel. */
export function OrgIds({ org }: { org: OrgIdsView }) {
  const { conversationId, contactId } = org;
  return (
    <Group gap="2px 10px" aria-label="Ids in the org" role="group">
      <Text size="xs" c="dimmed">
        In the org:
      </Text>
      {conversationId !== null && (
        <Group gap={4} wrap="nowrap">
          <Text size="xs" c="dimmed">
            Conversation
          </Text>
          <CopyText text={conversationId} shown={shortId(conversationId)} label="Copy the org's conversation id" />
        </Group>
      )}
      {contactId !== null && (
        <Group gap={4} wrap="nowrap">
          <Anchor href={guestHref(contactId, "conversations")} size="xs" underline="always">
            Contact
          </Anchor>
          <CopyText text={contactId} shown={shortId(contactId)} label="Copy the org's contact id" />
        </Group>
      )}
    </Group>
  );
}
