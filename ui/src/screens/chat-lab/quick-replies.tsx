import { Button } from "@mantine/core";
import type { LabAnswer, LabButtonView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import classes from "./chat-lab.module.css";

type Props = {
  /** The key of the message that offers them. */
  message: string;
  choices: LabButtonView[];
  onAnswer: (answer: LabAnswer) => void;
};

/** Short answers to press, below the message that offers them for as long as it is the last one. */
export function QuickReplies({ message, choices, onAnswer }: Props) {
  if (choices.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws a frame around them
    <div className={classes.replies} role="group" aria-label="Quick replies">
      {choices.map(({ text, payload }) => (
        <Button
          key={`${text} ${payload}`}
          variant="light"
          size="compact-sm"
          maw="100%"
          onClick={() => onAnswer({ kind: "quickReply", message, text, payload })}
        >
          <Shown text={text} cut />
        </Button>
      ))}
    </div>
  );
}
