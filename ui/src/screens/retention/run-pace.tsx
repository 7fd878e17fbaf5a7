import { Button, Group, Popover } from "@mantine/core";
import { useState } from "react";
import type { RunView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { Note } from "../../parts/note";
import { NumberField } from "../../parts/number-field";
import { numberOf, ranges, typedOf } from "../../parts/numbers";
import { useCommand } from "../../queries";
import { paceWords } from "./policy-draft";

/** How fast a run may go, changed while it goes. */
export function RunPace({ run }: { run: RunView }) {
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  const set = useCommand((core, perMinute: number | null) => core.retentionSetPace(run.run, perMinute), {
    stale: ["retention"],
    failure: "inline",
    done: () => setOpened(false),
  });
  const wanted = numberOf(ranges.paceNow, typed);
  return (
    <Popover opened={opened} onChange={setOpened} width={270} position="bottom-start" trapFocus>
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Pace: ${paceWords(run.pace)}. Change it`}
          onClick={() => {
            setTyped(typedOf(run.pace));
            setOpened((old) => !old);
          }}
        >
          Pace: {paceWords(run.pace)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (wanted !== null) set.mutate(wanted);
          }}
        >
          <NumberField
            range={ranges.paceNow}
            label="Guests a minute, at most"
            value={typed}
            onType={setTyped}
            error={typed === "" ? false : undefined}
            data-autofocus
          />
          <Note mt={4}>Takes effect at once. People and the rate budget still go first.</Note>
          <FailureNotice problem={set.error} />
          <Group justify="flex-end" gap="xs" mt="xs">
            <Button variant="default" disabled={run.pace === null} onClick={() => set.mutate(null)}>
              No limit
            </Button>
            <Button type="submit" disabled={wanted === null} loading={set.isPending}>
              Set pace
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
