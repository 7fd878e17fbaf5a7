import { Fieldset, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import type { PolicyDraft, PolicyView } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { NumberField } from "../../parts/number-field";
import type { Range } from "../../parts/numbers";
import { useRanges } from "../../queries";
import { cronWords } from "./cron-words";
import { BRAKE, type EditedPolicy } from "./policy-draft";
import { QuietFields } from "./quiet-fields";
import { AgeFields, FilterField, SpareFields } from "./what-fields";
import { ZonePicker } from "./zone-picker";

type Props = {
  edited: EditedPolicy;
  /** What is wrong, by the field's name. */
  problems: Record<string, string>;
  onChange: (part: Partial<PolicyDraft>) => void;
  /** A number, as it was typed. */
  onType: (part: Partial<EditedPolicy["typed"]>) => void;
};

export function PolicyFields({ edited: { draft, typed }, problems, onChange, onType }: Props) {
  const ranges = useRanges();
  const what = (part: Partial<PolicyView>) => onChange({ what: { ...draft.what, ...part } });
  // Quiet hours for which nobody named a zone go with the schedule.
  const moveTo = (zone: string) =>
    onChange({ zone, ...(draft.quiet.followsSchedule ? { quiet: { ...draft.quiet, zone } } : {}) });
  const number = (typing: keyof typeof typed, field: string, range: Range, label: string, placeholder?: string) => (
    <NumberField
      range={range}
      label={label}
      placeholder={placeholder}
      value={typed[typing]}
      onType={(text) => onType({ [typing]: text })}
      error={problems[field]}
    />
  );
  return (
    <Stack gap="md">
      <TextInput
        label="Name"
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={problems.name}
        data-autofocus
      />
      <Fieldset legend="Who is deleted">
        <Stack gap="sm">
          <AgeFields
            what={draft.what}
            onChange={what}
            days={typed.days}
            onDays={(days) => onType({ days })}
            problem={problems.days}
          />
          <FilterField what={draft.what} onChange={what} problem={problems.filter} />
        </Stack>
      </Fieldset>
      <Fieldset legend="Who is spared">
        <Stack gap={8}>
          <SpareFields
            what={draft.what}
            onChange={what}
            open="Guests with an open conversation"
            active="Active guests"
          />
          <Note>Always spared: guests on hold, with undelivered messages, or changed since the plan.</Note>
        </Stack>
      </Fieldset>
      <Fieldset legend="When">
        <Stack gap="sm">
          <SimpleGrid cols={2} spacing="sm">
            <TextInput
              label="Cron"
              description={problems.cron || problems.schedule ? undefined : cronWords(draft.cron)}
              inputWrapperOrder={["label", "input", "description", "error"]}
              value={draft.cron}
              onChange={(event) => onChange({ cron: event.currentTarget.value })}
              error={problems.cron ?? problems.schedule}
              spellCheck={false}
            />
            <ZonePicker label="Time zone" value={draft.zone} problem={problems.zone} onChange={moveTo} />
          </SimpleGrid>
          <QuietFields
            quiet={draft.quiet}
            zone={draft.zone}
            problem={problems.quietHours ?? problems.quietZone}
            onChange={(quiet) => onChange({ quiet })}
          />
        </Stack>
      </Fieldset>
      <Fieldset legend="How much and how fast">
        <Stack gap="sm">
          <SimpleGrid cols={2} spacing="sm">
            {number("cap", "cap", ranges.cap, "Guests a run, at most", "No cap")}
            {number("pace", "pace", ranges.pace, "Guests a minute, at most", "What the rate budget allows")}
          </SimpleGrid>
          <Switch
            label="Drift brake: ask before a run far above the usual"
            checked={draft.brake !== null}
            onChange={(event) => onChange({ brake: event.currentTarget.checked ? BRAKE : null })}
          />
          {draft.brake && (
            <SimpleGrid cols={2} spacing="sm">
              {number("times", "brake", ranges.brakeTimes, "Times the usual")}
              {number("floor", "brakeFloor", ranges.brakeFloor, "Never asks up to so many guests")}
            </SimpleGrid>
          )}
        </Stack>
      </Fieldset>
    </Stack>
  );
}
