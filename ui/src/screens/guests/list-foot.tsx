import { Button, Loader, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./guests.module.css";

/** As far back as the org is asked for chats, in days. */
export const MOST_DAYS = 31;

/** What a list says of itself above its rows. */
export type ListSays = { count: string; busy: boolean; refresh?: () => void };

/** That in its place beside what is asked: whether it reads, how many there are, and a way to read anew. */
export const ListStatus = ({ count, busy, refresh }: ListSays) => (
  <>
    {busy && <Loader size={12} role="img" aria-label="Reading" />}
    <Text size="xs" c="dimmed" role="status" className="guest-count" style={{ whiteSpace: "nowrap" }}>
      {count}
    </Text>
    {refresh && (
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconRefresh size={13} aria-hidden />}
        onClick={refresh}
        disabled={busy}
      >
        Read again
      </Button>
    )}
  </>
);

/** What a person should know of the list, below its rows. */
export const ListFoot = ({ children }: { children: ReactNode }) => (
  <Text size="xs" c="dimmed" px="md" py={6} className={classes.listFoot}>
    {children}
  </Text>
);
