import { Text } from "@mantine/core";
import { isTurning, piecesOf, shown } from "./shown";

type Props = {
  text: string;
  /** Keeps line ends and tabs, as in a message. */
  lines?: boolean;
  /** On one line, cut at its end; all of it is the title. */
  cut?: boolean;
};

/** A text of the org or of a person: isolated from the direction of the text around it, with characters that act or cannot be seen named. */
export function Shown({ text, lines = false, cut = false }: Props) {
  const pieces = piecesOf(text, lines);
  const isPlain = pieces.length === 1 && !pieces[0]?.odd && !isTurning(text);
  if (isPlain && !cut) return <>{text}</>;
  return (
    <bdi className={cut ? "shown-cut" : "shown"} title={cut ? shown(text) : undefined}>
      {pieces.map((piece, at) =>
        piece.odd ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text have no other name
          <span key={at} className="shown-odd">
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}

/** Beside a key that looks like another one: how this one is written. */
export const LookAlike = ({ spelled }: { spelled: string }) => (
  <Text
    span
    size="xs"
    c="var(--ink-warm)"
    className="shown-alike"
    title={`Looks like another key. Written: ${spelled}`}
  >
    looks like another: {spelled}
  </Text>
);
