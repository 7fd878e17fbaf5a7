import { Text } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import type { LabAnswer, LabContentView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import { CardOffer, Carousel } from "./card";
import classes from "./chat-lab.module.css";
import { DatePicker } from "./date-picker";
import { FormOffer } from "./form-offer";
import { ListPicker } from "./list-picker";

type Props = {
  /** The key of the message that it belongs to; an answer names it. */
  message: string | null;
  content: LabContentView;
  /** Nothing was answered to it yet, and the guest can write. */
  open: boolean;
  onAnswer: (answer: LabAnswer) => void;
};

/** What a message offers or holds beside its text. Quick replies stand below the last message instead. */
export function ContentPart({ message, content, open, onAnswer }: Props) {
  switch (content.type) {
    case "quickReply":
    case "pressed":
      return null;
    case "card":
      return <CardOffer card={content.card} message={message} open={open} onAnswer={onAnswer} />;
    case "carousel":
      return <Carousel cards={content.cards} message={message} open={open} onAnswer={onAnswer} />;
    case "datePicker":
      return <DatePicker {...content} message={message} open={open} onAnswer={onAnswer} />;
    case "listPicker":
      return <ListPicker {...content} message={message} open={open} onAnswer={onAnswer} />;
    case "form":
      return <FormOffer {...content} message={message} open={open} onAnswer={onAnswer} />;
    case "file":
      return <FileChip {...content} />;
    case "unknown":
      return (
        <Text size="xs" c="dimmed" className={classes.offer}>
          Something of the kind “<Shown text={content.kind} />
          ”, which this window cannot show. The frames of the chat have it as it came.
        </Text>
      );
  }
}

type FileProps = { name: string; size: number | null };

/** A file of a message, by its name. Nothing of it is loaded. */
function FileChip({ name, size }: FileProps) {
  return (
    <span className={classes.file}>
      <IconFile size={16} aria-hidden />
      <span style={{ minWidth: 0 }}>
        <Shown text={name} cut />
      </span>
      {size !== null && (
        <Text span size="xs" c="dimmed" style={{ flex: "none" }}>
          {sizeWords(size)}
        </Text>
      )}
    </span>
  );
}

/** `340 bytes`, `12 kB`, `3.4 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
