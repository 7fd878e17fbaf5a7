import { TextInput } from "@mantine/core";
import { wholeOf } from "../../parts/numbers";

type Props = {
  label: string;
  value: string;
  onChange: (typed: string) => void;
  /** The first of several has the cursor. */
  first: boolean;
};

/** The number of guests, which a person types to confirm it. */
export function TypedCount({ label, value, onChange, first }: Props) {
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      inputMode="numeric"
      autoComplete="off"
      {...(first ? { "data-autofocus": true } : {})}
    />
  );
}

/** Whether exactly this count was typed, with or without its commas. */
export const isTyped = (typed: string, count: number) => wholeOf(typed) === count;
