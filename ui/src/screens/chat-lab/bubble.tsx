import { Anchor, Group, Progress, Text, VisuallyHidden } from "@mantine/core";
import { Fragment } from "react";
import { exact, hourOf } from "../../format";
import type { LabRowView, LabUploadView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { deliveries, senders } from "../../states/chat";
import classes from "./chat-lab.module.css";
import { ContentPart, sizeWords } from "./content";
import { offersAnswers, type Place } from "./transcript-rows";
import type { Answers } from "./use-answers";
import type { MessageDecisions } from "./use-message-decisions";

type Props = {
  row: LabRowView;
  place: Place;
  /** The guest can write now, so that what is offered can be answered. */
  writable: boolean;
  answers: Answers;
  /** Whose messages the guest's own are. */
  guest: string;
  /** What a person decides about a message that is not delivered; `null` where nothing can be decided. */
  decide: MessageDecisions | null;
};

/** A line of the transcript: what happened, or a message, with the day above the first one of it. */
export function Bubble({ row, place, writable, answers, guest, decide }: Props) {
  return (
    <>
      {place.day !== null && <div className={classes.day}>{place.day}</div>}
      {row.kind === "event" ? (
        <Note className={classes.note}>
          {row.text !== null && <Shown text={row.text} />}
          {"\u00a0·\u00a0"}
          <Time at={row.at} />
        </Note>
      ) : (
        <Message {...{ row, place, writable, answers, guest, decide }} kind={row.kind} />
      )}
    </>
  );
}

type MessageProps = Props & { kind: keyof typeof senders };

/** Who wrote it where that changes, what it says and offers, and below the guest's how far it came. */
function Message({ row, kind, place, writable, answers, guest, decide }: MessageProps) {
  const { nickname, text, content, upload } = row;
  const pressed = text === null ? content.find((part) => part.type === "pressed") : undefined;
  const said = text ?? pressed?.text ?? "";
  const isGiven = row.key !== null && answers.isGiven(row.key);
  const open = place.open && writable && !isGiven;
  const named = nickname !== null && nickname !== senders[kind];
  return (
    <>
      {(kind === "guest" || !place.first) && (
        <VisuallyHidden>
          {kind === "guest" ? guest : nickname === null ? senders[kind] : shown(nickname)}:{" "}
        </VisuallyHidden>
      )}
      {place.first && kind !== "guest" && (
        <Text size="xs" c="dimmed" mt={4} mb={2}>
          {named && (
            <Text span inherit fw={600} c="var(--mantine-color-text)">
              <Shown text={nickname} />
              {" · "}
            </Text>
          )}
          {senders[kind]} · <Time at={row.at} />
        </Text>
      )}
      {said !== "" && (
        <div className={classes.text}>
          <Shown text={said} lines />
        </div>
      )}
      {content.map((part, at) => (
        <ContentPart
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one message have no other name and never change
          key={at}
          message={row.key}
          content={part}
          open={open}
          onAnswer={answers.give}
        />
      ))}
      {writable && !open && place.known && offersAnswers(row) && (
        <Note mt={2}>Closed: the guest has answered, or written something else since</Note>
      )}
      {upload && <Upload {...upload} />}
      <Delivery row={row} last={place.lastOwn} writable={writable} decide={decide} />
      {row.outOfOrder && (
        <Note warm mt={2}>
          Came later than others that were written after it
        </Note>
      )}
    </>
  );
}

const Time = ({ at }: { at: string }) => (
  <time dateTime={at} title={exact(at)}>
    {hourOf(at)}
  </time>
);

const Upload = ({ sent, size }: LabUploadView) => (
  <Group gap={8} mt={4} w="min(100%, 260px)" wrap="nowrap">
    <Progress flex={1} size={4} value={size === 0 ? 100 : (sent / size) * 100} aria-label="Upload" />
    <Note>
      {sizeWords(sent)} of {sizeWords(size)}
    </Note>
  </Group>
);

type DeliveryProps = {
  row: LabRowView;
  last: boolean;
  writable: boolean;
  decide: MessageDecisions | null;
};

/** How far a message came: said of each that is not delivered, and of the last one that is. */
function Delivery({ row, last, writable, decide }: DeliveryProps) {
  const { id, delivery, why, at, upload, text, content, sentAgain } = row;
  if (delivery === null || upload !== null || (delivery === "delivered" && !last)) return null;
  const { icon: Glyph, words, ink } = deliveries[delivery];
  const isText = text !== null && content.length === 0;
  const choices = isText && id !== null && decide !== null ? choicesOf(row, id, writable, decide) : [];
  return (
    <Group gap={4} mt={2} wrap="nowrap" align="flex-start" maw="86%">
      <Text span c={ink} lh={1} mt={2}>
        <Glyph size={12} aria-hidden />
      </Text>
      <Text size="xs" c={delivery === "refused" ? ink : "dimmed"}>
        {words}
        {delivery === "delivered" && ` ${hourOf(at)}`}
        {delivery === "delivered" && sentAgain && ", sent more than once"}
        {why && (
          <>
            : <Shown text={why} />
          </>
        )}
        {choices.map(({ name, act }, at) => (
          <Fragment key={name}>
            {at === 0 ? <br /> : " · "}
            <Anchor component="button" type="button" fz="xs" onClick={act}>
              {name}
            </Anchor>
          </Fragment>
        ))}
      </Text>
    </Group>
  );
}

/** What a person can do about a text that is not delivered, in the words of a link. */
function choicesOf(
  row: LabRowView,
  id: string,
  writable: boolean,
  decide: MessageDecisions,
): { name: string; act: () => void }[] {
  const { delivery, needsPerson } = row;
  if (delivery === "waiting") return [{ name: "Take it back", act: () => decide.discard(id, row.text ?? "") }];
  if (delivery === "refused" && writable) return [{ name: "Send it again", act: () => decide.retry(id) }];
  if (delivery === "uncertain" && needsPerson)
    return [
      { name: "It arrived", act: () => decide.arrived(id) },
      {
        name: decide.goesElsewhere(row)
          ? "Send it into the new conversation…"
          : "Send it again: it may then be there twice",
        act: () => decide.again(id, row),
      },
    ];
  return [];
}
