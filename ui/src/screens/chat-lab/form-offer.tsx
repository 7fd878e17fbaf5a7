import { Button, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { LabAnswer, LabFormFieldView } from "../../ipc/bindings";
import { shown } from "../../parts/shown";
import classes from "./chat-lab.module.css";
import { OfferHead } from "./offer-head";

/** What is typed into a field is cut here, as the vendor's own page does. */
const MOST = 300;

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
  const set = (id: string, value: string) => setValues((old) => ({ ...old, [id]: value }));
  const name = title ?? "A form";
  return (
    <form
      className={classes.offer}
      aria-label={name}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (missing || !open || message === null) return;
        const filled = fields.map(({ id }) => ({ id, value: (values[id] ?? "").trim() }));
        onAnswer({ kind: "form", message, values: filled.filter(({ value }) => value !== "") });
      }}
    >
      <OfferHead title={name} subtitle={null} />
      <Stack gap="xs" mt="xs">
        {fields.map(({ id, label, required, choices }) => {
          const field = {
            label: shown(label),
            withAsterisk: required,
            disabled: !open,
            value: values[id] ?? "",
            onChange: (event: { currentTarget: { value: string } }) => set(id, event.currentTarget.value),
          };
          return choices.length > 0 ? (
            <NativeSelect key={id} {...field} data={["", ...choices]} />
          ) : (
            <TextInput key={id} {...field} maxLength={MOST} />
          );
        })}
      </Stack>
      <Button type="submit" mt="sm" size="compact-sm" disabled={missing || !open}>
        Send the form
      </Button>
    </form>
  );
}
