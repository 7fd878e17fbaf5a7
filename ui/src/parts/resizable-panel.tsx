import { type ReactNode, useEffect, useRef, useState } from "react";
import { usePreferences } from "../queries";
import classes from "./resizable-panel.module.css";

const NARROWEST = 320;
const WIDEST = 720;

type Props = {
  label: string;
  /** What its edge is called. */
  edge: string;
  children: ReactNode;
};

/** What is open, at the right of a list. Its edge can be dragged, or moved by the arrow keys; the width is kept with the
 * preferences, one for all screens. */
export function ResizablePanel({ label, edge, children }: Props) {
  const { preferences, change } = usePreferences();
  const [width, setWidth] = useState(preferences.detailWidth);
  const drag = useRef<{ from: number; width: number } | null>(null);
  const clamp = (value: number) => Math.round(Math.max(NARROWEST, Math.min(WIDEST, value)));

  useEffect(() => setWidth(preferences.detailWidth), [preferences.detailWidth]);

  return (
    <section className={classes.panel} style={{ width: clamp(width) }} aria-label={label}>
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves has no element of its own */}
      <div
        className={classes.edge}
        role="separator"
        aria-orientation="vertical"
        aria-label={edge}
        aria-valuenow={clamp(width)}
        aria-valuemin={NARROWEST}
        aria-valuemax={WIDEST}
        tabIndex={0}
        onPointerDown={(event) => {
          drag.current = { from: event.clientX, width: clamp(width) };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (drag.current) setWidth(clamp(drag.current.width + drag.current.from - event.clientX));
        }}
        onPointerUp={() => {
          if (drag.current) change({ detailWidth: clamp(width) });
          drag.current = null;
        }}
        onKeyDown={(event) => {
          const step = event.key === "ArrowLeft" ? 20 : event.key === "ArrowRight" ? -20 : 0;
          if (step !== 0) change({ detailWidth: clamp(width + step) });
        }}
      />
      {children}
    </section>
  );
}
