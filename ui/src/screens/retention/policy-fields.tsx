import { Checkbox, Fieldset, Group, SegmentedControl, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import type { PolicyDraft, PolicyView } from "../../ipc/bindings";
import { NumberField } from "../../parts/number-field";
import { useRanges } from "../../queries";
import { cronWords } from "./cron-words";
import { BRAKE, type EditedPolicy } from "./policy-draft";
import { QuietFields } from "./quiet-fields";
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
          <Group align="flex-end" gap="sm">
            <NumberField
              range={ranges.days}
              w={92}
              label="Days"
              value={typed.days}
              onType={(days) => onType({ days })}
              error={problems.days !== undefined}
            />
            <SegmentedControl
              aria-label="Counted from"
              value={draft.what.fromLastActivity ? "activity" : "created"}
              onChange={(value) => what({ fromLastActivity: value === "activity" })}
              data={[
                { value: "created", label: "Created" },
                { value: "activity", label: "Last activity" },
              ]}
            />
          </Group>
          {problems.days && <Problem>{problems.days}</Problem>}
          <TextInput
            label="Only guests that match"
            placeholder='attributes.tier != "gold"'
            value={draft.what.filter ?? ""}
            onChange={(event) => what({ filter: event.currentTarget.value })}
            error={problems.filter}
            spellCheck={false}
          />
        </Stack>
      </Fieldset>
      <Fieldset legend="Who is spared">
        <Stack gap={8}>
          <Checkbox
            size="xs"
            label="Guests with an open conversation"
            checked={draft.what.spareOpenConversations}
            onChange={(event) => what({ spareOpenConversations: event.currentTarget.checked })}
          />
          <Checkbox
            size="xs"
            label="Active guests"
            checked={draft.what.spareActive}
            onChange={(event) => what({ spareActive: event.currentTarget.checked })}
          />
          <Text size="xs" c="dimmed">
            Always spared: guests on hold, with undelivered messages, or changed since the plan.
          </Text>
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
            <NumberField
              range={ranges.cap}
              label="Guests a run, at most"
              placeholder="No cap"
              value={typed.cap}
              onType={(cap) => onType({ cap })}
              error={problems.cap}
            />
            <NumberField
              range={ranges.pace}
              label="Guests a minute, at most"
              placeholder="What the rate budget allows"
              value={typed.pace}
              onType={(pace) => onType({ pace })}
              error={problems.pace}
            />
          </SimpleGrid>
          <Switch
            label="Drift brake: ask before a run far above the usual"
            checked={draft.brake !== null}
            onChange={(event) => onChange({ brake: event.currentTarget.checked ? BRAKE : null })}
          />
          {draft.brake && (
            <SimpleGrid cols={2} spacing="sm">
              <NumberField
                range={ranges.brakeTimes}
                label="Times the usual"
                value={typed.times}
                onType={(times) => onType({ times })}
                error={problems.brake}
              />
              <NumberField
                range={ranges.brakeFloor}
                label="Never asks up to so many guests"
                value={typed.floor}
                onType={(floor) => onType({ floor })}
                error={problems.brakeFloor}
              />
            </SimpleGrid>
          )}
        </Stack>
      </Fieldset>
    </Stack>
  );
}

const Problem = ({ children }: { children: string }) => (
  <Text size="xs" c="var(--ink-minus)">
    {children}
  </Text>
);
