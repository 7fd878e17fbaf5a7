import { Flex, Text } from "@mantine/core";
import { countOf } from "../format";
import classes from "./histogram.module.css";

type Bar = {
  label: string;
  value: number;
  /** The same under another assumption, drawn as an outline over it. */
  other?: number;
};

type Props = {
  bars: Bar[];
  /** What the whole picture says, for those who do not see it. */
  summary: string;
  /** What is counted, in the singular. */
  noun: string;
  /** What a label stands for, such as "days old". */
  unit: string;
  /** What the outline stands for, such as "with 20 days". */
  otherName?: string | undefined;
};

/**
 * Counts as bars. Written here because the chart libraries of the field (recharts, over d3-color and decimal.js-light)
 * do not load under the window's frozen `Object.prototype`.
 */
export function Histogram({ bars, summary, noun, unit, otherName }: Props) {
  const most = Math.max(1, ...bars.map((bar) => Math.max(bar.value, bar.other ?? 0)));
  const every = Math.max(1, Math.ceil(bars.length / 12));
  return (
    <Flex h={190} role="img" aria-label={summary}>
      {bars.map((bar, place) => (
        <Flex key={bar.label} direction="column" flex={1} miw={0} title={titleOf(bar, noun, unit, otherName)}>
          <div className={classes.well}>
            <div className={classes.bar} style={{ height: `${(bar.value / most) * 100}%` }} />
            {bar.other !== undefined && bar.other > 0 && (
              <div className={classes.other} style={{ height: `${(bar.other / most) * 100}%` }} />
            )}
          </div>
          <Text h={22} pt={4} size="xs" c="dimmed" ta="center" style={{ whiteSpace: "nowrap" }}>
            {place % every === 0 && place <= bars.length - every / 2 ? bar.label : ""}
          </Text>
        </Flex>
      ))}
    </Flex>
  );
}

function titleOf({ label, value, other }: Bar, noun: string, unit: string, otherName: string | undefined): string {
  const where = unit === "" ? label : `${label} ${unit}`;
  const then = other === undefined || otherName === undefined ? "" : `; ${otherName}: ${countOf(other, noun)}`;
  return `${where}: ${countOf(value, noun)}${then}`;
}
