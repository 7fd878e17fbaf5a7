import { Button, Collapse, Group, Stack, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { countOf } from "../../format";
import type { PolicyView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { allowedWords } from "../../parts/numbers";
import { Section } from "../../parts/section";
import { useRanges, useReadOnly, useStatusOf } from "../../queries";
import { whatDiffers } from "./policy-draft";
import type { Tried } from "./use-tried";
import { AgeFields, FilterField, SpareFields } from "./what-fields";

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

/** Who is deleted, to be tried: a preview uses it as it stands here, saved or not. */
export function PolicyCard({ saved, tried, previewing, problem, onPreview, onReview }: Props) {
  const readOnly = useReadOnly();
  const ranges = useRanges();
  const planning = useStatusOf((status) => status.planning !== null);
  const running = useStatusOf((status) => status.run?.state === "running");
  const [more, setMore] = useState(saved.spareActive || !saved.spareOpenConversations || saved.filter !== null);
  const { draft, days, setDays, change, what: policy } = tried;
  const changed = policy ? whatDiffers(policy, saved) : 0;
  const busy = previewing || planning;
  const Chevron = more ? IconChevronDown : IconChevronRight;
  return (
    <Section quiet title="Who is deleted">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (policy && !busy && !running) onPreview(policy);
        }}
      >
        <Stack gap="sm">
          <AgeFields
            what={draft}
            onChange={change}
            days={days}
            onDays={setDays}
            problem={policy === null ? allowedWords(ranges.days) : undefined}
          />
          <UnstyledButton fz="xs" c="dimmed" aria-expanded={more} onClick={() => setMore((old) => !old)}>
            <Group gap={4} component="span">
              <Chevron size={13} aria-hidden />
              Who is spared
            </Group>
          </UnstyledButton>
          <Collapse expanded={more}>
            <Stack gap={8}>
              <SpareFields
                what={draft}
                onChange={change}
                open="Spare guests with an open conversation"
                active="Spare active guests"
              />
              <FilterField what={draft} onChange={change} />
            </Stack>
          </Collapse>
          <FailureNotice problem={problem} />
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
    </Section>
  );
}
