import { ActionIcon, Button, Checkbox, Chip, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { zoneName } from "../../format";
import type { QuietView, QuietWindow, Weekday } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { shortDay, weekdays } from "./policy-draft";
import classes from "./retention.module.css";
import { ZonePicker } from "./zone-picker";

/** The core takes at most this many. */
const MOST = 28;

type Props = {
  quiet: QuietView;
  /** The schedule's, in which quiet hours are read too unless another is named. */
  zone: string;
  problem?: string | undefined;
  onChange: (quiet: QuietView) => void;
};

/** Times of the week in which no run deletes anything. */
export function QuietFields({ quiet, zone, problem, onChange }: Props) {
  const set = (windows: QuietWindow[]) => onChange({ ...quiet, windows });
  return (
    <Stack gap={6} role="group" aria-label="Quiet hours">
      <Group justify="space-between">
        <Text size="xs" fw={500} fz={12}>
          Quiet hours
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          disabled={quiet.windows.length >= MOST}
          leftSection={<IconPlus size={12} aria-hidden />}
          onClick={() => set([...quiet.windows, { days: [], from: "08:00", to: "18:00" }])}
        >
          Add quiet hours
        </Button>
      </Group>
      {quiet.windows.map((window, place) => (
        <Window
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no name and keep their order
          key={place}
          name={`Quiet hours ${place + 1}`}
          window={window}
          onChange={(next) => set(quiet.windows.map((other, at) => (at === place ? next : other)))}
          onRemove={() => set(quiet.windows.filter((_, at) => at !== place))}
        />
      ))}
      {problem && (
        <Text size="xs" c="var(--ink-minus)">
          {problem}
        </Text>
      )}
      {quiet.windows.length === 0 ? (
        <Note>None: a run may delete at any time of the week.</Note>
      ) : (
        <>
          <Checkbox
            size="xs"
            label={`In the schedule's time zone, ${zoneName(zone)}`}
            checked={quiet.followsSchedule}
            onChange={(event) => {
              const followsSchedule = event.currentTarget.checked;
              onChange({ ...quiet, followsSchedule, zone: followsSchedule ? zone : quiet.zone });
            }}
          />
          {!quiet.followsSchedule && (
            <ZonePicker
              label="Time zone of the quiet hours"
              value={quiet.zone}
              onChange={(next) => onChange({ ...quiet, zone: next })}
            />
          )}
          <Note>
            In {zoneName(quiet.zone)}. No day chosen means every day; an end before the start is on the next day.
          </Note>
        </>
      )}
    </Stack>
  );
}

type WindowProps = {
  name: string;
  window: QuietWindow;
  onChange: (window: QuietWindow) => void;
  onRemove: () => void;
};

function Window({ name, window, onChange, onRemove }: WindowProps) {
  const time = (end: "from" | "to") => (
    <TextInput
      w={66}
      aria-label={`${name}, ${end}`}
      value={window[end]}
      onChange={(event) => onChange({ ...window, [end]: event.currentTarget.value })}
    />
  );
  return (
    <Group gap="xs" wrap="wrap" align="center">
      <Chip.Group
        multiple
        value={window.days}
        onChange={(days) => onChange({ ...window, days: weekdays.filter((day) => days.includes(day)) as Weekday[] })}
      >
        <Group gap={3} wrap="nowrap" role="group" aria-label={`${name}, days`}>
          {weekdays.map((day) => (
            <Chip
              key={day}
              value={day}
              size="xs"
              radius="sm"
              variant="light"
              icon={null}
              classNames={{ iconWrapper: classes.noIcon, label: classes.day }}
            >
              {shortDay(day)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Group gap={4} wrap="nowrap">
        {time("from")}
        <span aria-hidden>–</span>
        {time("to")}
        <ActionIcon aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove}>
          <IconX size={14} aria-hidden />
        </ActionIcon>
      </Group>
    </Group>
  );
}
