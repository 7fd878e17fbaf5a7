import type { MantineColor } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./dot.module.css";

/** A coloured dot with a word, since a colour alone tells nothing to whoever cannot see it. Plain elements, because long lists have many. */
export function Dot({ color, children, fz = "sm" }: { color: MantineColor; children: ReactNode; fz?: "xs" | "sm" }) {
  return (
    <span className={classes.dot} data-size={fz}>
      <span
        className={classes.mark}
        style={{ background: `var(--mantine-color-${color.replace(".", "-")})` }}
        aria-hidden
      />
      <span className={classes.word}>{children}</span>
    </span>
  );
}
