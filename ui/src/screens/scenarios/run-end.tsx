import { Alert, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { count, countOf } from "../../format";
import type { ScenarioMistakeView, ScenarioRunEnd, ScenarioRunView } from "../../ipc/bindings";
import { Shown } from "../../parts/shown-text";
import classes from "./scenarios.module.css";

const ends: Record<Exclude<ScenarioRunEnd, "completed">, string> = {
  stopped: "The run was stopped",
  offline: "The run ended: the console was switched offline",
};

/** What keeps the newest run from being whole: who ended it, and the files of which nothing was run. It stays until the next run. */
export function RunEnd({ total, ended, end, leftOut }: ScenarioRunView) {
  const cut = end !== "completed";
  if (!cut && leftOut.length === 0) return null;
  const files = `${countOf(leftOut.length, "file")} ${leftOut.length === 1 ? "was" : "were"} not run`;
  return (
    <Alert
      color="orange"
      mb="sm"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={cut ? ends[end] : total === 0 ? `Nothing was run: ${files}` : files}
    >
      {cut && (
        <Text size="xs">
          {count(ended)} of {countOf(total, "scenario")} ran to the end. The others are below as “Not run”
          {leftOut.length > 0 && `, and ${files}`}.
        </Text>
      )}
      {leftOut.length > 0 && (
        <List size="xs" spacing={4} className={classes.leftOut ?? ""} aria-label="Files that were not run">
          {leftOut.map(({ id, name, problem }) => (
            <List.Item key={id}>
              {(problem.line === null || problem.name !== last(name)) && (
                <>
                  <b>
                    <Shown text={name} />
                  </b>
                  :{" "}
                </>
              )}
              <Mistake {...problem} />
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}

/** The name of a file in its folder, as a mistake in it names it. */
const last = (name: string) => name.split(/[/\\]/).at(-1);

/** What is wrong in a file, where, and what to do. */
export const Mistake = ({ message, next, name, line, column }: ScenarioMistakeView) => (
  <>
    {line !== null && (
      <b>
        <Shown text={name} />, line {count(line)}
        {column !== null && `, column ${count(column)}`}:{" "}
      </b>
    )}
    <Shown text={message} /> {next}
  </>
);
