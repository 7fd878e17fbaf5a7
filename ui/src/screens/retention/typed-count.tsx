import { TextInput } from "@mantine/core";

type Props = { label: string; value: string; onChange: (typed: string) => void };

/** The number of guests, typed by a person as their word. */
export function TypedCount({ label, value, onChange }: Props) {
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      inputMode="numeric"
      autoComplete="off"
      data-autofocus
    />
  );
}

const digitsOf = (typed: string) => typed.replace(/[,\s.]/g, "");

/** Whether exactly this count was typed, with or without its commas. */
export const isTyped = (typed: string, count: number) => digitsOf(typed) === String(count);
