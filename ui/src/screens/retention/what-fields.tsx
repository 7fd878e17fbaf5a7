import { Checkbox, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useId } from "react";
import type { PolicyView } from "../../ipc/bindings";
import { NumberField } from "../../parts/number-field";
import { useRanges } from "../../queries";

type Props = {
  what: PolicyView;
  onChange: (part: Partial<PolicyView>) => void;
};

type AgeProps = Props & {
  /** As they were typed. */
  days: string;
  onDays: (typed: string) => void;
  problem: string | undefined;
};

/** How old a guest must be, and since when that is counted. */
export function AgeFields({ what, onChange, days, onDays, problem }: AgeProps) {
  const id = useId();
  return (
    <>
      <Group align="flex-end" gap="sm">
        <NumberField
          range={useRanges().days}
          w={92}
          label="Days"
          value={days}
          onType={onDays}
          aria-describedby={problem === undefined ? undefined : id}
          error={problem !== undefined}
        />
        <SegmentedControl
          aria-label="Counted from"
          value={what.fromLastActivity ? "activity" : "created"}
          onChange={(value) => onChange({ fromLastActivity: value === "activity" })}
          data={[
            { value: "created", label: "Created" },
            { value: "activity", label: "Last activity" },
          ]}
        />
      </Group>
      {problem !== undefined && (
        <Text id={id} size="xs" c="var(--ink-minus)">
          {problem}
        </Text>
      )}
    </>
  );
}

/** Who of those guests is spared. The legend around it may say "Spare" already. */
export function SpareFields({ what, onChange, open, active }: Props & { open: string; active: string }) {
  return (
    <>
      <Checkbox
        size="xs"
        label={open}
        checked={what.spareOpenConversations}
        onChange={(event) => onChange({ spareOpenConversations: event.currentTarget.checked })}
      />
      <Checkbox
        size="xs"
        label={active}
        checked={what.spareActive}
        onChange={(event) => onChange({ spareActive: event.currentTarget.checked })}
      />
    </>
  );
}

export const FilterField = ({ what, onChange, problem }: Props & { problem?: string | undefined }) => (
  <TextInput
    label="Only guests that match"
    placeholder='attributes.tier != "gold"'
    value={what.filter ?? ""}
    onChange={(event) => onChange({ filter: event.currentTarget.value })}
    error={problem}
    spellCheck={false}
  />
);
