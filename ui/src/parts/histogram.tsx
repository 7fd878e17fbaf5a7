import { countOf } from "../format";
import classes from "./histogram.module.css";

type Bar = { label: string; value: number };

type Props = {
  bars: Bar[];
  /** What the whole picture says, for those who do not see it. */
  summary: string;
  /** What is counted, in the singular. */
  noun: string;
  /** What a label stands for, such as "days old". */
  unit: string;
};

/**
 * Counts as bars. Written here because the chart libraries of the field (recharts, over d3-color and decimal.js-light)
 * do not load under the window's frozen `Object.prototype`.
 */
export function Histogram({ bars, summary, noun, unit }: Props) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const every = Math.max(1, Math.ceil(bars.length / 12));
  return (
    <div role="img" aria-label={summary} className={classes.histogram}>
      {bars.map((bar, place) => (
        <div key={bar.label} className={classes.slot} title={`${bar.label} ${unit}: ${countOf(bar.value, noun)}`}>
          <div className={classes.well}>
            <div className={classes.bar} style={{ height: `${(bar.value / most) * 100}%` }} />
          </div>
          <div className={classes.tick}>{place % every === 0 ? bar.label : ""}</div>
        </div>
      ))}
    </div>
  );
}
