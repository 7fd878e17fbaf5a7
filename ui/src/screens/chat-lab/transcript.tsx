import { Skeleton, Stack, Text } from "@mantine/core";
import { countOf } from "../../format";
import type { LabRowView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { EndList } from "../../parts/end-list";
import { Note } from "../../parts/note";
import { Bubble } from "./bubble";
import classes from "./chat-lab.module.css";
import { lastOwnOf, placeOf } from "./transcript-rows";
import type { Answers } from "./use-answers";
import type { MessageDecisions } from "./use-message-decisions";

type Props = {
  /** What the transcript is called. */
  label: string;
  /** `undefined` before the first answer. */
  total: number | undefined;
  /** Older lines that are not kept here any more. */
  dropped: number;
  /** The last lines; `null` before the first answer. */
  tail: LabRowView[] | null;
  rowAt: (index: number) => LabRowView | undefined;
  onVisible: (first: number, last: number) => void;
  /** Whether the last line is on the screen, whenever that changes. */
  onEnd?: (atEnd: boolean) => void;
  problem: unknown;
  retry: () => void;
  /** The guest can write now, so that what is offered can be answered. */
  writable: boolean;
  answers: Answers;
  /** Whose messages the guest's own are. */
  guest: string;
  /** What a person decides about a message that is not delivered; `null` where nothing can be decided. */
  decide: MessageDecisions | null;
};

/** What was written in a chat, oldest first. */
export function Transcript(props: Props) {
  const { label, total = 0, dropped, tail, rowAt, onVisible, problem, retry, writable } = props;
  const { onEnd, answers, guest, decide } = props;
  const lastOwn = tail === null ? null : lastOwnOf(tail);
  function line(index: number) {
    const row = rowAt(index);
    const content =
      row === undefined ? (
        <Skeleton h={28} w="50%" />
      ) : (
        <Bubble
          row={row}
          place={placeOf(row, rowAt(index - 1), lastOwn)}
          writable={writable}
          answers={answers}
          guest={guest}
          decide={decide}
        />
      );
    return { content, className: classes.row, "data-kind": row?.kind, "data-delivery": row?.delivery ?? undefined };
  }
  return (
    <Answer problem={problem} onRetry={retry} known={tail !== null} none={false} empty={null}>
      {tail === null ? (
        <Stack className={classes.transcript} gap="sm" py="sm" aria-busy="true">
          <Skeleton h={32} w="60%" />
          <Skeleton h={32} w="45%" ml="auto" />
        </Stack>
      ) : (
        <EndList
          label={label}
          list="Messages"
          className={classes.transcript}
          total={total}
          dropped={dropped}
          estimate={52}
          padding={8}
          onVisible={onVisible}
          onEnd={onEnd}
          own={lastOwn ?? 0}
          news={(count) => countOf(count, "new line")}
          row={line}
        >
          {total === 0 && (
            <Text size="sm" c="dimmed" ta="center" py="xl">
              Nothing written yet. Write as the guest below.
            </Text>
          )}
          {dropped > 0 && (
            <Note ta="center" pt="sm">
              {countOf(dropped, "older line")} not kept here; the org still has the messages.
            </Note>
          )}
        </EndList>
      )}
    </Answer>
  );
}
