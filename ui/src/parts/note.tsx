import { Text, type TextProps } from "@mantine/core";
import type { ReactNode } from "react";

type Props = TextProps & {
  /** A person should look at it. */
  warm?: boolean;
  role?: string;
  title?: string;
  "aria-label"?: string;
  children: ReactNode;
};

/** Small words beside what they explain. */
export const Note = ({ warm = false, ...rest }: Props) => (
  <Text size="xs" c={warm ? "var(--ink-warm)" : "dimmed"} {...rest} />
);
