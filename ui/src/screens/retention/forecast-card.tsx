import { Button, Group, Skeleton, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChartBar } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count, countOf, day, moment } from "../../format";
import type { ForecastView, NamedPolicyView, PlanView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { useOffered } from "../../parts/actions";
import { Answer } from "../../parts/answer";
import { Dot } from "../../parts/dot";
import { Histogram } from "../../parts/histogram";
import { Note } from "../../parts/note";
import { NumberField } from "../../parts/number-field";
import { numberOf } from "../../parts/numbers";
import { RelativeTime } from "../../parts/relative-time";
import { Section } from "../../parts/section";
import { keys, useRanges, useStatusOf } from "../../queries";

type Props = {
  policy: NamedPolicyView;
  /** The plan that stands on the same screen, whose number is another one. */
  plan: PlanView | null;
};

/** How many guests fall due on each of the next 90 days, and what another number of days would do. */
export function ForecastCard({ policy, plan }: Props) {
  const core = useCore();
  const connection = useStatusOf((status) => status.connection?.name ?? "");
  const [wanted, setWanted] = useState(false);
  const [typed, setTyped] = useState("");
  const [settled] = useDebouncedValue(typed, 500);
  const { thenDays: range } = useRanges();
  const other = numberOf(range, settled);
  const then = other === policy.what.days ? null : other;
  const forecast = useQuery({
    queryKey: keys.forecast(connection, policy.id, policy.what, then),
    queryFn: () => core.retentionForecast(policy.id, then),
    enabled: wanted,
    placeholderData: keepPreviousData,
  });
  const seen = forecast.data;
  const look = () => (wanted ? void forecast.refetch() : setWanted(true));
  useOffered(
    seen || forecast.isFetching
      ? []
      : [
          {
            id: "look-ahead",
            label: "Look ahead",
            hint: policy.name,
            icon: IconChartBar,
            run: look,
          },
        ],
  );
  return (
    <Section
      title="Due in the next 90 days"
      purpose={
        seen ? (
          <>
            By age alone; holds and open conversations come later. Counted <RelativeTime time={seen.countedAt} />.
          </>
        ) : (
          `Asks the org how many guests are of each age, in ${countOf(policy.what.days + 1, "request")} that wait for everything people do.`
        )
      }
      aside={
        seen ? (
          <Group gap="sm" align="center">
            <Text size="xs" component="label" htmlFor="then-days">
              What would another number of days do?
            </Text>
            <NumberField range={range} id="then-days" w={96} placeholder="Days" value={typed} onType={setTyped} />
            <Button size="compact-sm" variant="default" loading={forecast.isFetching} onClick={look}>
              Count again
            </Button>
          </Group>
        ) : (
          <Button
            variant="default"
            loading={forecast.isFetching}
            leftSection={<IconChartBar size={14} aria-hidden />}
            onClick={look}
          >
            Look ahead
          </Button>
        )
      }
    >
      <Answer
        problem={forecast.error}
        onRetry={() => void forecast.refetch()}
        known={seen !== undefined}
        none={false}
        of={seen && forecast.isPlaceholderData ? askedWords(seen) : null}
        empty={null}
      >
        {!seen && forecast.isFetching && <Skeleton h={190} mt="xs" />}
        {seen && <Picture forecast={seen} />}
        {seen && plan && (
          <Note mt={6} role="note">
            {differenceWords(plan, seen)}
          </Note>
        )}
      </Answer>
    </Section>
  );
}

function Picture({ forecast }: { forecast: ForecastView }) {
  const { ahead, thenAhead, thenDays, atOnce } = forecast;
  const bars = ahead.map(({ day: date, guests }, place) => ({
    label: day(date),
    value: guests,
    ...(thenAhead ? { other: thenAhead[place]?.guests ?? 0 } : {}),
  }));
  const sum = ahead.reduce((all, { guests }) => all + guests, 0);
  const most = ahead.reduce((top, next) => (next.guests > top.guests ? next : top), ahead[0] ?? { day: "", guests: 0 });
  return (
    <>
      <Group gap="lg" mb={6}>
        <Dot color="teal.6" fz="xs">
          {forecast.days} days: {count(forecast.already)} were due when today began (UTC), {count(sum)} more in 90 days,{" "}
          {count(forecast.later)} later
        </Dot>
        {thenDays !== null && atOnce !== null && (
          <Note role="status" warm fw={600}>
            {thenDays} days: {thenWords(atOnce)}
          </Note>
        )}
      </Group>
      <Histogram
        bars={bars}
        noun="guest"
        unit=""
        otherName={thenDays === null ? undefined : `with ${thenDays} days`}
        summary={`${countOf(sum, "guest")} fall due in the next 90 days${most.guests > 0 ? `, most on ${day(most.day)}: ${count(most.guests)}` : ""}`}
      />
    </>
  );
}

/** What was counted, as a person asked for it. */
const askedWords = ({ days, thenDays }: ForecastView) =>
  thenDays === null ? `${days} days alone` : `${days} days beside ${thenDays}`;

/** Why the plan's number is another one than the forecast's: another moment, and others are left out. */
export function differenceWords(plan: Pick<PlanView, "due" | "spared" | "createdAt">, forecast: ForecastView): string {
  const today = forecast.ahead[0]?.guests ?? 0;
  return (
    `The plan above lists ${count(plan.due)} due and ${count(plan.spared)} spared, by the minute it was made, ` +
    `${moment(plan.createdAt)}. This counts by age alone and by whole days in UTC: ${count(forecast.already)} when today ` +
    `began, and ${count(today)} more in the course of today.`
  );
}

function thenWords(atOnce: number): string {
  if (atOnce === 0) return "as many due at once";
  return `${countOf(Math.abs(atOnce), atOnce > 0 ? "more guest" : "fewer guest")} due at once`;
}
