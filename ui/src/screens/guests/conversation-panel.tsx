import { ActionIcon, Box, Group, Text, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { shortId } from "../../format";
import { CopyText } from "../../parts/copy-text";
import { ConversationReader } from "./conversation-reader";

type Props = { id: string; onClose: () => void };

/** A conversation of which the org has no contact. */
export function ConversationPanel({ id, onClose }: Props) {
  return (
    <div className="fill" style={{ height: "100%" }}>
      <Box px="md" pt="sm" pb="xs">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} fz="lg" lh={1.4}>
            No contact
          </Title>
          <ActionIcon aria-label="Close the conversation panel" onClick={onClose}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Group>
        <Text size="sm" c="dimmed">
          The org keeps no contact for this chat, or not any more. What was said can be read.
        </Text>
        <CopyText text={id} shown={shortId(id)} label="Copy conversation id" />
      </Box>
      <ConversationReader id={id} guest={null} />
    </div>
  );
}
