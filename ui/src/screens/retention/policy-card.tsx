import {
  Button,
  Checkbox,
  Collapse,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { countOf } from "../../format";
import type { PolicyView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { NumberField } from "../../parts/number-field";
import { allowedWords } from "../../parts/numbers";
import { useRanges, useReadOnly, useStatusOf } from "../../queries";
import { whatDiffers } from "./policy-draft";
import type { Tried } from "./use-tried";

type Props = {
  saved: PolicyView;
  tried: Tried;
  /** A plan is being made from here. */
  previewing: boolean;
  problem: unknown;
  onPreview: (what: PolicyView) => void;
  /** What was tried here, taken over into the editor. */
  onReview: (what: PolicyView) => void;
};

/** Who must go, to be tried: a preview uses it as it stands here, saved or not. */
export function PolicyCard({ saved, tried, previewing, problem, onPreview, onReview }: Props) {
  const readOnly = useReadOnly();
  const ranges = useRanges();
  const planning = useStatusOf((status) => status.planning !== null);
  const running = useStatusOf((status) => status.run?.state === "running");
  const [more, setMore] = useState(saved.spareActive || !saved.spareOpenConversations || saved.filter !== null);
  const { draft, days, setDays, change, what: policy } = tried;
  const valid = policy !== null;
  const changed = policy ? whatDiffers(policy, saved) : 0;
  const busy = previewing || planning;

  return (
    <Paper p="md" component="section" aria-labelledby="policy">
      <Title order={2} id="policy" fz="xs" fw={400} c="dimmed">
        Who is deleted
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (policy && !busy && !running) onPreview(policy);
        }}
      >
        <Stack gap="sm" mt={4}>
          <Group align="flex-end" gap="sm">
            <NumberField
              range={ranges.days}
              w={92}
              label="Days"
              value={days}
              onType={setDays}
              aria-describedby={valid ? undefined : "days-problem"}
              error={!valid}
            />
            <SegmentedControl
              aria-label="Counted from"
              value={draft.fromLastActivity ? "activity" : "created"}
              onChange={(value) => change({ fromLastActivity: value === "activity" })}
              data={[
                { value: "created", label: "Created" },
                { value: "activity", label: "Last activity" },
              ]}
            />
          </Group>
          {!valid && (
            <Text id="days-problem" size="xs" c="var(--ink-minus)">
              {allowedWords(ranges.days)}
            </Text>
          )}
          <UnstyledButton fz="xs" c="dimmed" aria-expanded={more} onClick={() => setMore((old) => !old)}>
            <Group gap={4} component="span">
              {more ? <IconChevronDown size={13} aria-hidden /> : <IconChevronRight size={13} aria-hidden />}
              Who is spared
            </Group>
          </UnstyledButton>
          <Collapse expanded={more}>
            <Stack gap={8}>
              <Checkbox
                size="xs"
                label="Spare guests with an open conversation"
                checked={draft.spareOpenConversations}
                onChange={(event) => change({ spareOpenConversations: event.currentTarget.checked })}
              />
              <Checkbox
                size="xs"
                label="Spare active guests"
                checked={draft.spareActive}
                onChange={(event) => change({ spareActive: event.currentTarget.checked })}
              />
              <TextInput
                label="Only guests that match"
                placeholder='attributes.tier != "gold"'
                value={draft.filter ?? ""}
                onChange={(event) => change({ filter: event.currentTarget.value })}
                spellCheck={false}
              />
            </Stack>
          </Collapse>
          {problem !== null && <FailureNotice problem={problem} />}
          <Group gap="xs">
            <Button type="submit" loading={busy} disabled={!policy || running}>
              Preview plan
            </Button>
            {!readOnly && policy && changed > 0 && (
              <Button variant="default" onClick={() => onReview(policy)}>
                Review {countOf(changed, "change")}…
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
