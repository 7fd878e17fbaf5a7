import { Button, Popover, Stack } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import type { ScenarioRunOptions } from "../../ipc/bindings";
import { Note } from "../../parts/note";
import { NumberField } from "../../parts/number-field";
import { numberOf } from "../../parts/numbers";

/** As typed. */
type Typed = { parallel: string; repeat: string; timeout: string };

export const firstOptions: Typed = { parallel: "4", repeat: "1", timeout: "10" };

const ranges = {
  parallel: { least: 1, most: 100 },
  repeat: { least: 1, most: 1_000 },
  timeout: { least: 1, most: 3_600 },
};

/** What is no number counts as what stood there at first. */
export function optionsOf({ parallel, repeat, timeout }: Typed): ScenarioRunOptions {
  return {
    parallel: numberOf(ranges.parallel, parallel) ?? 4,
    repeat: numberOf(ranges.repeat, repeat) ?? 1,
    timeoutSeconds: numberOf(ranges.timeout, timeout) ?? 10,
  };
}

/** How scenarios are run: how many at once, how often, and how long a step may take. */
export function RunOptions({ typed, onType }: { typed: Typed; onType: (typed: Typed) => void }) {
  const { parallel, repeat, timeoutSeconds } = optionsOf(typed);
  const times = repeat === 1 ? "" : `, ${repeat} times each`;
  return (
    <Popover width={260} position="bottom-start" trapFocus>
      <Popover.Target>
        <Button variant="subtle" leftSection={<IconAdjustments size={14} aria-hidden />}>
          {parallel} at once{times}, {timeoutSeconds} s a step
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <NumberField
            range={ranges.parallel}
            label="Scenarios at once"
            value={typed.parallel}
            onType={(value) => onType({ ...typed, parallel: value })}
            data-autofocus
          />
          <NumberField
            range={ranges.repeat}
            label="Times each"
            value={typed.repeat}
            onType={(value) => onType({ ...typed, repeat: value })}
          />
          <NumberField
            range={ranges.timeout}
            label="Seconds a step may take"
            value={typed.timeout}
            onType={(value) => onType({ ...typed, timeout: value })}
          />
          <Note>What a file says of its own scenarios goes before this.</Note>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
