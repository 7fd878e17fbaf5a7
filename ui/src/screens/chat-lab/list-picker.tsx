import { Button, Checkbox, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import type { LabAnswer, LabButtonView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import classes from "./chat-lab.module.css";
import { OfferHead } from "./offer-head";

type Props = {
  /** The key of the message; none before the org has given it one. */
  message: string | null;
  title: string | null;
  subtitle: string | null;
  entries: LabButtonView[];
  several: boolean;
  open: boolean;
  onAnswer: (answer: LabAnswer) => void;
};

/** A list of which one entry is chosen, or several. */
export function ListPicker({ message, title, subtitle, entries, several, open, onAnswer }: Props) {
  const [chosen, setChosen] = useState<string[]>([]);
  const picked = entries.filter(({ payload }) => chosen.includes(payload));
  const name = title ?? (several ? "Choose one or more" : "Choose one");
  const lines = entries.map(({ text, payload }) =>
    several ? (
      <Checkbox key={payload} size="xs" value={payload} label={<Shown text={text} />} />
    ) : (
      <Radio key={payload} size="xs" value={payload} label={<Shown text={text} />} />
    ),
  );
  return (
    <fieldset className={classes.offer} disabled={!open} aria-label={name}>
      <OfferHead title={name} subtitle={subtitle} />
      {several ? (
        <Checkbox.Group value={chosen} onChange={setChosen} aria-label={name}>
          <Stack gap={6} mt="xs">
            {lines}
          </Stack>
        </Checkbox.Group>
      ) : (
        <Radio.Group value={chosen[0] ?? null} onChange={(value) => setChosen([value])} aria-label={name}>
          <Stack gap={6} mt="xs">
            {lines}
          </Stack>
        </Radio.Group>
      )}
      <Button
        mt="sm"
        size="compact-sm"
        disabled={picked.length === 0 || message === null || !open}
        onClick={() =>
          message !== null &&
          onAnswer({ kind: "list", message, chosen: picked.map(({ text, payload }) => ({ id: payload, title: text })) })
        }
      >
        {picked.length > 1 ? `Send ${picked.length} choices` : "Send this choice"}
      </Button>
    </fieldset>
  );
}
