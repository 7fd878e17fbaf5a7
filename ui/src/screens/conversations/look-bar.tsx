import { Alert, Button, Group, Loader, Progress, Text } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { count, countOf, duration, moment } from "../../format";
import { useStatusOf } from "../../queries";
import classes from "./conversations.module.css";
import type { Looked } from "./use-look";
import type { ReadOn } from "./use-read-on";

/** Requests a minute before the org has said how many there are. */
const A_MINUTE = 300;

type Reading = Pick<ReadOn, "isStopped" | "stop" | "goOn"> & Partial<Pick<ReadOn, "take">>;

type Props = {
  /** What is found out about each, such as `who wrote last`. */
  what: string;
  read: { count: number; since: string | null; isFetching: boolean };
  on: Reading;
  look: Looked;
};

/** How far a list was read and its conversations were asked; a question before many are, and a way to stop between two parts. */
export function LookBar({ what, read, on, look }: Props) {
  const allowed = useStatusOf(({ budget }) => budget.allowed) || A_MINUTE;
  const time = (questions: number) => duration(Math.ceil((questions * 60) / allowed));
  if (on.isStopped || look.stage === "waits") return <ReadBar read={read} on={on} />;
  if (look.stage === "asks") {
    return (
      <Alert
        mx="md"
        mb="sm"
        color="yellow"
        role="status"
        icon={<IconHelpCircle size={18} aria-hidden />}
        title={`${count(look.questions)} questions to the org?`}
      >
        <Text size="xs">
          {/* vendor-fact: analytics-no-attributes, analytics-leaves-open */}
          The org tells {what} of one conversation at a time. For {countOf(look.all, "conversation")} that is{" "}
          {count(look.questions)} questions, about {time(look.questions)} at {count(allowed)} a minute. Whatever else
          uses this token waits meanwhile. Nothing was asked yet; fewer days make it less.
        </Text>
        <Button size="compact-xs" mt="xs" onClick={look.confirm}>
          Ask {count(look.questions)} questions
        </Button>
      </Alert>
    );
  }
  if (look.stage === "stopped") {
    return (
      <Bar words={`Stopped: ${count(look.looked)} of ${count(look.all)} were asked.`}>
        <Small onClick={look.goOn}>Go on</Small>
      </Bar>
    );
  }
  if (look.stage === "looks") {
    return (
      <Bar words={`Asked ${count(look.looked)} of ${count(look.all)} · about ${time(look.questions)} left`} busy>
        <Progress
          className={classes.progress}
          value={(look.looked / look.all) * 100}
          size={6}
          aria-label="Conversations that were asked"
        />
        <Small onClick={look.stop}>Stop</Small>
      </Bar>
    );
  }
  return null;
}

/** How far a list was read; a person can stop, and read on, or go on with what was read. */
export function ReadBar({ read, on }: Pick<Props, "read" | "on">) {
  const back = read.since === null ? "" : `, back to ${moment(read.since)}`;
  if (!on.isStopped) {
    return (
      <Bar busy={read.isFetching} words={`Reading: ${countOf(read.count, "conversation")}${back}…`}>
        <Small onClick={on.stop}>Stop</Small>
      </Bar>
    );
  }
  return (
    <Bar words={`Stopped: ${countOf(read.count, "conversation")} read${back}.`}>
      <Small onClick={on.goOn}>Read on</Small>
      {on.take && <Small onClick={on.take}>Go on with these</Small>}
    </Bar>
  );
}

/** Rows that are from before say so, as long as they do. */
export const OldRows = ({ look }: { look: Looked }) =>
  look.showsOld ? (
    <Text size="xs" c="var(--ink-warm)" px="md" pb={6} role="status">
      The list was read anew. What is not asked again yet is from before.
    </Text>
  ) : null;

const Bar = ({ words, busy = false, children }: { words: string; busy?: boolean; children: ReactNode }) => (
  <Group px="md" pb="sm" gap="xs">
    {busy && <Loader size={12} aria-hidden />}
    <Text size="xs" c="dimmed" role="status">
      {words}
    </Text>
    {children}
  </Group>
);

const Small = ({ onClick, children }: { onClick: () => void; children: string }) => (
  <Button size="compact-xs" variant="default" onClick={onClick}>
    {children}
  </Button>
);
