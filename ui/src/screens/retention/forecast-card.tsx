import { Button, Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChartBar } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count, countOf, day } from "../../format";
import type { ForecastView, NamedPolicyView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Dot } from "../../parts/dot";
import { FailureNotice } from "../../parts/failure-notice";
import { Histogram } from "../../parts/histogram";
import { NumberField } from "../../parts/number-field";
import { numberOf } from "../../parts/numbers";
import { RelativeTime } from "../../parts/relative-time";
import { keys, useStatusOf } from "../../queries";

/** How many guests fall due on each of the next 90 days, and what another number of days would do. */
export function ForecastCard({ policy }: { policy: NamedPolicyView }) {
  const core = useCore();
  const connection = useStatusOf((status) => status.connection?.name ?? "");
  const [wanted, setWanted] = useState(false);
  const [typed, setTyped] = useState("");
  const [settled] = useDebouncedValue(typed, 500);
  const other = numberOf("thenDays", settled);
  const then = other === policy.what.days ? null : other;
  const forecast = useQuery({
    queryKey: keys.forecast(connection, policy.id, policy.what, then),
    queryFn: () => core.retentionForecast(policy.id, then),
    enabled: wanted,
    placeholderData: keepPreviousData,
  });
  const seen = forecast.data;
  return (
    <Paper p="md" component="section" aria-labelledby="forecast">
      <Group justify="space-between" align="flex-start" mb={seen ? "xs" : 0}>
        <div>
          <Title order={2} id="forecast" fz="sm">
            Due in the next 90 days
          </Title>
          <Text size="xs" c="dimmed">
            {seen ? (
              <>
                By age alone; holds and open conversations come later. Counted <RelativeTime time={seen.countedAt} />.
              </>
            ) : (
              `Asks the org for one count a day, ${countOf(policy.what.days + 1, "request")}, behind everything people do.`
            )}
          </Text>
        </div>
        {seen ? (
          <Group gap="sm" align="center">
            <Text size="xs" component="label" htmlFor="then-days">
              What would another number of days do?
            </Text>
            <NumberField range="thenDays" id="then-days" w={96} placeholder="Days" value={typed} onType={setTyped} />
            <Button
              size="compact-sm"
              variant="default"
              loading={forecast.isFetching}
              onClick={() => void forecast.refetch()}
            >
              Count again
            </Button>
          </Group>
        ) : (
          <Button
            variant="default"
            loading={forecast.isFetching}
            leftSection={<IconChartBar size={14} aria-hidden />}
            onClick={() => (wanted ? void forecast.refetch() : setWanted(true))}
          >
            Look ahead
          </Button>
        )}
      </Group>
      {forecast.error !== null && <FailureNotice problem={forecast.error} />}
      {!seen && forecast.isFetching && <Skeleton h={190} mt="xs" />}
      {seen && <Picture forecast={seen} />}
    </Paper>
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
          {forecast.days} days: {count(forecast.already)} due already, {count(sum)} in 90 days, {count(forecast.later)}{" "}
          later
        </Dot>
        {thenDays !== null && atOnce !== null && (
          <Text size="xs" role="status" c="var(--ink-warm)" fw={600}>
            {thenDays} days: {thenWords(atOnce)}
          </Text>
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

function thenWords(atOnce: number): string {
  if (atOnce === 0) return "as many due at once";
  return `${countOf(Math.abs(atOnce), atOnce > 0 ? "more guest" : "fewer guest")} due at once`;
}
