import { List, Modal, Stack, Text } from "@mantine/core";
import { countOf } from "../format";
import { QuestionFoot } from "./dialog-foot";

/** What would go, a line each, and how it goes. */
export type Discarding = { lines: string[]; discard: () => void };

/** Asks once before anything that was typed goes. */
export function DiscardQuestion({ asked, onClose }: { asked: Discarding | null; onClose: () => void }) {
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={`Discard ${countOf(asked?.lines.length ?? 0, "draft")}?`}
      size={420}
      // Above the form from which it was asked.
      zIndex={400}
    >
      <Stack gap="sm">
        <DraftLines lines={asked?.lines ?? []} />
        <QuestionFoot
          onStay={onClose}
          act={`Discard ${countOf(asked?.lines.length ?? 0, "draft")}`}
          onAct={() => {
            asked?.discard();
            onClose();
          }}
        />
      </Stack>
    </Modal>
  );
}

/** So many lines are named; of more the number is told. */
const NAMED = 8;

export function DraftLines({ lines }: { lines: string[] }) {
  return (
    <List size="sm" spacing={2} style={{ overflowWrap: "anywhere" }}>
      {lines.slice(0, NAMED).map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
      {lines.length > NAMED && (
        <List.Item>
          <Text span inherit c="dimmed">
            and {lines.length - NAMED} more
          </Text>
        </List.Item>
      )}
    </List>
  );
}
