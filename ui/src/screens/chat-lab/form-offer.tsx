import { Button, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { LabAnswer, LabFormFieldView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { shown } from "../../parts/shown";
import classes from "./chat-lab.module.css";
import { OfferHead } from "./offer-head";

/** In characters. The vendor's own page cuts a longer answer; here it is refused, so that nothing goes out changed. */
const MOST = 300;

function tooLong(value: string): string | null {
  const length = [...value].length;
  return length > MOST ? `At most ${MOST} characters; these are ${length}.` : null;
}

type Props = {
  /** The key of the message; none before the org has given it one. */
  message: string | null;
  title: string | null;
  fields: LabFormFieldView[];
  open: boolean;
  onAnswer: (answer: LabAnswer) => void;
};

/** A form to fill in as the guest. */
export function FormOffer({ message, title, fields, open, onAnswer }: Props) {
  const [values, setValues] = useState<Record<string, string>>({});
  const missing = fields.some(({ id, required }) => required && (values[id] ?? "").trim() === "");
  const sendable = open && !missing && !fields.some(({ id }) => tooLong(values[id] ?? ""));
  const set = (id: string, value: string) => setValues((old) => ({ ...old, [id]: value }));
  const name = title ?? "A form";
  return (
    <form
      className={classes.offer}
      aria-label={name}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!sendable || message === null) return;
        const filled = fields.map(({ id }) => ({ id, value: (values[id] ?? "").trim() }));
        onAnswer({ kind: "form", message, values: filled.filter(({ value }) => value !== "") });
      }}
    >
      <OfferHead title={name} subtitle={null} />
      <Stack gap="xs" mt="xs">
        {fields.map(({ id, label, required, choices }) => {
          const field = {
            label: shown(label),
            required,
            disabled: !open,
            value: values[id] ?? "",
            onChange: (event: { currentTarget: { value: string } }) => set(id, event.currentTarget.value),
          };
          return choices.length > 0 ? (
            <NativeSelect key={id} {...field} data={["", ...choices]} />
          ) : (
            <TextInput key={id} {...field} error={tooLong(field.value)} />
          );
        })}
      </Stack>
      {open && missing && <Note mt={6}>Fields with a star have to be filled in.</Note>}
      <Button type="submit" mt="sm" size="compact-sm" disabled={!sendable}>
        Send the form
      </Button>
    </form>
  );
}
