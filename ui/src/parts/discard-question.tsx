import { List, Text } from "@mantine/core";
import { countOf } from "../format";
import { Question } from "./dialogs";

/** What would be lost, a line each, and what discards it. */
export type Discarding = { lines: string[]; discard: () => void };

/** Asks once before anything that was typed is discarded. */
export function DiscardQuestion({ asked, onClose }: { asked: Discarding | null; onClose: () => void }) {
  const words = `Discard ${countOf(asked?.lines.length ?? 0, "draft")}`;
  return (
    <Question
      opened={asked !== null}
      title={`${words}?`}
      size={420}
      zIndex={400}
      onStay={onClose}
      act={words}
      onAct={() => {
        asked?.discard();
        onClose();
      }}
    >
      <DraftLines lines={asked?.lines ?? []} />
    </Question>
  );
}

/** At most so many lines are shown; of the others only the number. */
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
