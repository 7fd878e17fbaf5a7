import { Button, Chip, Group, Text } from "@mantine/core";
import { useState } from "react";
import { day, duration, hourOf } from "../../format";
import type { LabAnswer, LabTimeView } from "../../ipc/bindings";
import classes from "./chat-lab.module.css";
import { OfferHead } from "./offer-head";

type Props = {
  /** The key of the message; none before the org has given it one. */
  message: string | null;
  title: string | null;
  subtitle: string | null;
  times: LabTimeView[];
  open: boolean;
  onAnswer: (answer: LabAnswer) => void;
};

/** Times on offer, by day, in the zone of this computer. */
export function DatePicker({ message, title, subtitle, times, open, onAnswer }: Props) {
  const [chosen, setChosen] = useState<string | null>(null);
  const days = new Map<string, typeof times>();
  for (const time of times) {
    const name = Number.isNaN(Date.parse(time.iso)) ? "Other times" : day(time.iso);
    days.set(name, [...(days.get(name) ?? []), time]);
  }
  const lengths = new Set(times.map(({ durationSeconds }) => durationSeconds));
  const [length] = lengths.size === 1 ? lengths : [null];
  return (
    <fieldset className={classes.offer} disabled={!open} aria-label={title ?? "A choice of times"}>
      <OfferHead title={title ?? "Choose a time"} subtitle={subtitle} />
      <Chip.Group value={chosen} onChange={setChosen}>
        {[...days].map(([name, slots]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" mt={6} mb={2}>
              {name}
              {length !== null && length !== undefined && `, ${duration(length)} each`}
            </Text>
            <Group gap={4}>
              {slots.map(({ iso }) => (
                <Chip key={iso} value={iso} size="xs" radius="sm" styles={{ iconWrapper: { display: "none" } }}>
                  {hourOf(iso)}
                </Chip>
              ))}
            </Group>
          </div>
        ))}
      </Chip.Group>
      <Button
        mt="sm"
        size="compact-sm"
        disabled={chosen === null || message === null || !open}
        onClick={() => chosen !== null && message !== null && onAnswer({ kind: "time", message, iso: chosen })}
      >
        Send this time
      </Button>
    </fieldset>
  );
}
