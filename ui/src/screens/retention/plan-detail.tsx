import { Anchor, Button, Paper, SimpleGrid, Table, Text, VisuallyHidden } from "@mantine/core";
import { count, countOf, moment, shortId } from "../../format";
import type { AgeCount, PlanView } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { Histogram } from "../../parts/histogram";
import { Note } from "../../parts/note";
import { RelativeTime } from "../../parts/relative-time";
import { Section } from "../../parts/section";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { guestHref } from "../../routes";
import classes from "./retention.module.css";

type Props = {
  plan: PlanView;
  /** A person wants to know about this guest of the sample. */
  onWhy: (guest: string) => void;
};

/** What the plan holds: how old they are, and the first of them by name. */
export function PlanDetail({ plan, onWhy }: Props) {
  if (plan.due === 0) {
    return (
      <Paper p="md">
        <Text size="sm" c="dimmed">
          {plan.spared > 0
            ? `Every guest older than ${plan.policy.days} days is spared: there is nothing to delete.`
            : `No guest is older than ${plan.policy.days} days: there is nothing to delete.`}
        </Text>
      </Paper>
    );
  }
  const bars = buckets(plan.histogram);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Section
        title="Age of due guests, days"
        aside={<CopyText text={plan.plan} shown={`plan ${plan.plan.slice(0, 8)}`} label="Copy the plan's hash" />}
      >
        <Histogram
          bars={bars}
          noun="guest"
          unit="days old"
          summary={`${countOf(plan.due, "due guest")} by age, from ${bars[0]?.label} to ${bars.at(-1)?.label} days`}
        />
        <Note mt={6}>
          {plan.oldest && plan.newest && `Oldest ${moment(plan.oldest)} · newest ${moment(plan.newest)} · `}
          made {moment(plan.createdAt)} · older than {moment(plan.cutoff)}, by{" "}
          {plan.policy.fromLastActivity ? "last activity" : "creation"}
        </Note>
      </Section>
      <Section
        title="First to be deleted"
        aside={
          <Note>
            {count(plan.sample.length)} of {count(plan.due)}
          </Note>
        }
      >
        <Table.ScrollContainer
          minWidth={300}
          mah={222}
          scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": "Sample of the plan" } }}
        >
          <Table
            verticalSpacing={5}
            horizontalSpacing={6}
            fz="sm"
            stickyHeader
            className={classes.sample}
            data={{
              head: ["Name", "Created", "Last activity", <VisuallyHidden key="why">Explain</VisuallyHidden>],
              body: plan.sample.map(({ id, name, email, createdTime, modifiedTime }) => [
                <Anchor
                  key="name"
                  href={guestHref(id)}
                  size="sm"
                  c="inherit"
                  truncate
                  display="block"
                  title={email ?? id}
                >
                  <Shown text={name ?? shortId(id)} cut />
                </Anchor>,
                <RelativeTime key="created" time={createdTime} />,
                <RelativeTime key="modified" time={modifiedTime} />,
                <Button
                  key="why"
                  size="compact-xs"
                  variant="subtle"
                  color="gray"
                  aria-label={`Why ${shown(name ?? shortId(id))}?`}
                  onClick={() => onWhy(id)}
                >
                  Why?
                </Button>,
              ]),
            }}
          />
        </Table.ScrollContainer>
      </Section>
    </SimpleGrid>
  );
}

/** At most about 40 bars: days as they are, or several days to a bar. */
export function buckets(ages: AgeCount[]): { label: string; value: number }[] {
  const youngest = ages[0]?.days ?? 0;
  const oldest = ages.at(-1)?.days ?? 0;
  const width = Math.max(1, Math.ceil((oldest - youngest + 1) / 40));
  const bars = Array.from({ length: Math.floor((oldest - youngest) / width) + 1 }, (_, place) => ({
    label: String(youngest + place * width),
    value: 0,
  }));
  for (const age of ages) {
    const bar = bars[Math.floor((age.days - youngest) / width)];
    if (bar) bar.value += age.guests;
  }
  return bars;
}
