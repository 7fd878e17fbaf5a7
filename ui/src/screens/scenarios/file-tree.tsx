import { ActionIcon, Badge, Text, Tooltip } from "@mantine/core";
import { IconEye, IconEyeOff, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { countOf } from "../../format";
import type {
  RunningScenarioView,
  ScenarioChoice,
  ScenarioFileView,
  ScenarioMistakeView,
  ScenarioView,
} from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { Note } from "../../parts/note";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import panes from "../../parts/two-panes.module.css";
import { useCommand } from "../../queries";
import { Mistake } from "./run-end";
import classes from "./scenarios.module.css";

type Props = {
  files: ScenarioFileView[];
  running: RunningScenarioView[];
  /** A run goes on, so that no other can begin. */
  busy: boolean;
  onRun: (choice: ScenarioChoice) => void;
};

type Line =
  | { kind: "file"; file: ScenarioFileView }
  | { kind: "mistake"; file: ScenarioFileView; mistake: ScenarioMistakeView }
  | { kind: "scenario"; file: ScenarioFileView; scenario: ScenarioView };

const heights = { file: 36, mistake: 48, scenario: 32 };

/** The open files with their scenarios. */
export function FileTree({ files, running, busy, onRun }: Props) {
  const viewport = useRef<HTMLElement>(null);
  const lines = useMemo(() => files.flatMap(linesOf), [files]);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => viewport.current,
    estimateSize: (index) => heights[lines[index]?.kind ?? "scenario"],
    getItemKey: (index) => keyOf(lines[index]) ?? index,
    overscan: 10,
  });
  return (
    <section className={`${panes.first} ${classes.files}`} aria-label="Scenario files">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard */}
      <section ref={viewport} className="scroll" tabIndex={0} aria-label="Files and scenarios">
        <ul
          className={`plain-list ${classes.tree}`}
          aria-label="Files and scenarios"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return (
              line && (
                <li
                  key={item.key}
                  aria-setsize={lines.length}
                  aria-posinset={item.index + 1}
                  className={classes[line.kind]}
                  data-index={item.index}
                  {...(line.kind === "mistake" ? { ref: virtualizer.measureElement } : {})}
                  style={{
                    ...(line.kind === "mistake" ? {} : { height: item.size }),
                    transform: `translateY(${item.start}px)`,
                  }}
                >
                  {line.kind === "file" && <File file={line.file} busy={busy} onRun={onRun} />}
                  {line.kind === "mistake" && (
                    <Text size="xs" c="var(--ink-minus)" style={{ overflowWrap: "anywhere" }}>
                      <Mistake {...line.mistake} />
                    </Text>
                  )}
                  {line.kind === "scenario" && (
                    <Scenario
                      {...line}
                      at={running.find((one) => one.id === line.file.id && one.scenario === line.scenario.name)}
                      busy={busy}
                      onRun={onRun}
                    />
                  )}
                </li>
              )
            );
          })}
        </ul>
      </section>
    </section>
  );
}

const linesOf = (file: ScenarioFileView): Line[] => [
  { kind: "file", file },
  ...(file.problem === null ? [] : [{ kind: "mistake", file, mistake: file.problem } as const]),
  ...file.scenarios.map((scenario): Line => ({ kind: "scenario", file, scenario })),
];

const keyOf = (line: Line | undefined) =>
  line && `${line.kind} ${line.file.id} ${line.kind === "scenario" ? line.scenario.name : ""}`;

type FileProps = { file: ScenarioFileView; busy: boolean; onRun: (choice: ScenarioChoice) => void };

function File({ file, busy, onRun }: FileProps) {
  const stale = { stale: ["scenarios" as const] };
  const watch = useCommand((core, on: boolean) => core.scenarioWatch(file.id, on), stale);
  const close = useCommand((core) => core.scenarioClose(file.id), stale);
  const name = shown(file.name);
  return (
    <>
      <span className={classes.name} title={name}>
        <Shown text={file.name} />
      </span>
      <Note span>{file.problem === null ? countOf(file.scenarios.length, "scenario") : "has a mistake"}</Note>
      <Tooltip label={file.watched ? "Runs again when it is saved" : "Run again when it is saved"}>
        <ActionIcon
          className={classes.act ?? ""}
          size={24}
          aria-label={`Run ${name} again when it is saved`}
          aria-pressed={file.watched}
          variant={file.watched ? "light" : "subtle"}
          onClick={() => watch.mutate(!file.watched)}
        >
          {file.watched ? <IconEye size={14} aria-hidden /> : <IconEyeOff size={14} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <ActionIcon
        className={classes.act ?? ""}
        size={24}
        aria-label={`Run ${name}`}
        disabled={busy}
        onClick={() => onRun({ which: "of", id: file.id, names: [] })}
      >
        <IconPlayerPlay size={14} aria-hidden />
      </ActionIcon>
      <ActionIcon
        className={classes.act ?? ""}
        size={24}
        aria-label={`Close ${name}`}
        disabled={busy}
        onClick={() => close.mutate()}
      >
        <IconX size={14} aria-hidden />
      </ActionIcon>
    </>
  );
}

type ScenarioProps = FileProps & { scenario: ScenarioView; at: RunningScenarioView | undefined };

function Scenario({ file, scenario, at, busy, onRun }: ScenarioProps) {
  const { name, tags, steps, skip } = scenario;
  return (
    <>
      <span className={classes.name} title={shown(name)}>
        <Shown text={name} />
      </span>
      {tags.slice(0, 3).map((tag) => (
        <Badge key={tag} size="xs" color="gray" flex="none" maw={90}>
          {shown(tag)}
        </Badge>
      ))}
      {at ? (
        <Dot color="blue.6" fz="xs">
          step {at.step} of {at.steps}
        </Dot>
      ) : skip !== null ? (
        <Note span title={shown(skip)}>
          skipped
        </Note>
      ) : (
        <Note span>{countOf(steps, "step")}</Note>
      )}
      <ActionIcon
        className={classes.act ?? ""}
        size={24}
        aria-label={`Run ${shown(name)} of ${shown(file.name)}`}
        disabled={busy}
        onClick={() => onRun({ which: "of", id: file.id, names: [name] })}
      >
        <IconPlayerPlay size={14} aria-hidden />
      </ActionIcon>
    </>
  );
}
