import { TextInput, type TextInputProps } from "@mantine/core";
import { numberOf, type Range, readNumber } from "./numbers";

type Props = Omit<TextInputProps, "value" | "onChange" | "type" | "inputMode"> & {
  range: Range;
  /** As it was typed: what is no number stays, and is refused. */
  value: string;
  onType: (typed: string) => void;
};

/** The one field for numbers. It changes nothing that is typed; the arrow keys count. */
export function NumberField({ range, value, onType, error, ...rest }: Props) {
  const read = readNumber(range, value);
  return (
    <TextInput
      {...rest}
      value={value}
      inputMode="numeric"
      autoComplete="off"
      spellCheck={false}
      error={error ?? ("problem" in read ? read.problem : null)}
      onChange={(event) => onType(event.currentTarget.value)}
      onKeyDown={(event) => {
        const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
        const now = numberOf(range, value);
        if (step === 0 || now === null) return;
        event.preventDefault();
        onType(String(Math.min(range.most, Math.max(range.least, now + step))));
      }}
    />
  );
}
