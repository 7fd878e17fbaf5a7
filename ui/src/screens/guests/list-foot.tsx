import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./guests.module.css";

/** As far back as the org is asked for chats, in days. */
export const MOST_DAYS = 31;

/** What a list says of itself above its rows. */
export type ListSays = { count: string; busy: boolean; refresh?: () => void };

/** What a person should know of the list, below its rows. */
export const ListFoot = ({ children }: { children: ReactNode }) => (
  <Text size="xs" c="dimmed" px="md" py={6} className={classes.listFoot}>
    {children}
  </Text>
);
