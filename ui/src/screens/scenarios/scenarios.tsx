import { Alert, Button, Group, Menu, Text } from "@mantine/core";
import {
  IconChevronDown,
  IconFileDescription,
  IconFolderOpen,
  IconPlayerPlay,
  IconRefresh,
  IconReload,
  IconStethoscope,
} from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { count } from "../../format";
import type { OpenWhat, ReportForm, ScenarioChoice } from "../../ipc/bindings";
import { useOffered } from "../../parts/actions";
import { Answer } from "../../parts/answer";
import { EmptyState } from "../../parts/empty-state";
import { Pending } from "../../parts/pending";
import { Shown } from "../../parts/shown-text";
import { tell } from "../../parts/tell";
import panes from "../../parts/two-panes.module.css";
import { usePlace } from "../../places";
import { keys, useAsk, useCommand } from "../../queries";
import { Doctor } from "./doctor";
import { FileTree } from "./file-tree";
import { ResultDetail } from "./result-detail";
import { ResultList } from "./result-list";
import { RunEnd } from "./run-end";
import { firstOptions, optionsOf, RunOptions } from "./run-options";
import { RunProgress } from "./run-progress";
import classes from "./scenarios.module.css";

/** Scripted chats: the open files, the run over them, and its results with what failed first. */
export function Scenarios() {
  const query = useAsk(keys.scenarios, (core) => core.scenarioFiles());
  const [options, setOptions] = usePlace("scenario options", firstOptions);
  const [chosen, choose] = usePlace<number | null>("scenario result", null);
  const [doctor, setDoctor] = useState(false);
  const stale = { stale: ["scenarios" as const] };
  const open = useCommand((core, what: OpenWhat) => core.scenarioOpen(what), stale);
  const run = useCommand((core, choice: ScenarioChoice) => core.scenarioRun(choice, optionsOf(options)), stale);
  const readAgain = useReadAgain();
  const { data, error, refetch } = query;
  const known = data !== undefined;
  const busy = data?.run !== null || run.isPending;
  const some = data !== undefined && data.files.length > 0;
  const failed = data?.bad ?? 0;
  const ran = data?.last !== null;

  useOffered([
    { id: "open files", label: "Open scenario files…", icon: IconFileDescription, run: () => open.mutate("files") },
    { id: "open folder", label: "Open a folder of scenarios…", icon: IconFolderOpen, run: () => open.mutate("folder") },
    ...(some && !busy
      ? [
          { id: "run all", label: "Run all scenarios", icon: IconPlayerPlay, run: () => run.mutate({ which: "all" }) },
          ...(failed > 0
            ? [
                {
                  id: "run failed",
                  label: "Run the failed scenarios",
                  icon: IconRefresh,
                  run: () => run.mutate({ which: "failed" }),
                },
              ]
            : []),
        ]
      : []),
    ...(some
      ? [{ id: "read again", label: "Read the files again", icon: IconReload, run: () => readAgain.mutate() }]
      : []),
    { id: "doctor", label: "Check deployment", icon: IconStethoscope, run: () => setDoctor(true) },
  ]);

  const opening = (
    <>
      <Button
        variant="default"
        leftSection={<IconFileDescription size={14} aria-hidden />}
        loading={open.isPending && open.variables === "files"}
        onClick={() => open.mutate("files")}
      >
        Open files…
      </Button>
      <Button
        variant="default"
        leftSection={<IconFolderOpen size={14} aria-hidden />}
        loading={open.isPending && open.variables === "folder"}
        onClick={() => open.mutate("folder")}
      >
        Open a folder…
      </Button>
    </>
  );
  const examine = (
    <Button variant="subtle" leftSection={<IconStethoscope size={14} aria-hidden />} onClick={() => setDoctor(true)}>
      Check deployment
    </Button>
  );

  return (
    <>
      <Answer
        problem={error}
        onRetry={() => void refetch()}
        known={known}
        none={data?.files.length === 0}
        empty={
          <EmptyState
            icon={IconFileDescription}
            title="No scenario file is open"
            action={
              <Group gap="xs" mt="xs" justify="center">
                {opening}
                {examine}
              </Group>
            }
          >
            A scenario file says what a guest writes and what has to come back. A chat can be saved as one from its
            menu.
          </EmptyState>
        }
      >
        {data === undefined ? (
          <Pending query={query} words="Looking for open files" again="Try again" />
        ) : (
          <>
            <Group gap="xs" py="sm">
              <Button
                leftSection={<IconPlayerPlay size={14} aria-hidden />}
                disabled={busy}
                loading={run.isPending}
                onClick={() => run.mutate({ which: "all" })}
              >
                Run all
              </Button>
              <Button
                variant="default"
                leftSection={<IconRefresh size={14} aria-hidden />}
                disabled={failed === 0 || busy}
                onClick={() => run.mutate({ which: "failed" })}
              >
                {failed === 0 ? "Run failed" : `Run failed (${count(failed)})`}
              </Button>
              <RunOptions typed={options} onType={setOptions} />
              <Group gap="xs" ml="auto">
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button variant="default" rightSection={<IconChevronDown size={13} aria-hidden />}>
                      Open
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => open.mutate("files")}>Files…</Menu.Item>
                    <Menu.Item onClick={() => open.mutate("folder")}>A folder…</Menu.Item>
                    <Menu.Item onClick={() => readAgain.mutate()}>Read again</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
                {examine}
                <Reports disabled={!ran} />
              </Group>
            </Group>
            {data.problem !== null && (
              <Alert color="red" mb="sm" title="A watched file was not run">
                <Text size="xs">
                  <Shown text={data.problem} />
                </Text>
              </Alert>
            )}
            {data.last && <RunEnd {...data.last} />}
            {data.run && <RunProgress run={data.run} />}
            <div className={`${panes.panes} ${classes.panes}`}>
              <FileTree
                files={data.files}
                running={data.run?.running ?? []}
                busy={busy}
                onRun={(choice) => run.mutate(choice)}
              />
              <ResultList totals={data.totals} last={data.last} chosen={chosen} onChoose={choose} />
            </div>
          </>
        )}
      </Answer>
      {chosen !== null && <ResultDetail key={chosen} number={chosen} onClose={() => choose(null)} />}
      {doctor && <Doctor onClose={() => setDoctor(false)} />}
    </>
  );
}

/** Has the open files read again: when it is asked for, when the screen opens, and when a person comes back to the window. */
function useReadAgain() {
  const readAgain = useCommand((core) => core.scenarioReadAgain(), { stale: ["scenarios"] });
  const quietly = useCommand((core) => core.scenarioReadAgain(), { failure: "inline" });
  const { mutate } = quietly;
  useEffect(() => {
    const again = () => mutate();
    again();
    window.addEventListener("focus", again);
    return () => window.removeEventListener("focus", again);
  }, [mutate]);
  return readAgain;
}

const reportNames: Record<ReportForm, string> = {
  html: "scenarios.html",
  junit: "scenarios.xml",
  json: "scenarios.json",
};

/** Writes the newest result of each scenario into a file that a person names in the system's own dialog. */
function Reports({ disabled }: { disabled: boolean }) {
  const save = useCommand((core, form: ReportForm) => core.scenarioReportSave(form, reportNames[form]), {
    done: (file) => file !== null && tell("The report is written", file),
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          disabled={disabled}
          loading={save.isPending}
          rightSection={<IconChevronDown size={13} aria-hidden />}
        >
          Save a report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save.mutate("html")}>A page to read…</Menu.Item>
        <Menu.Item onClick={() => save.mutate("junit")}>JUnit, for a build server…</Menu.Item>
        <Menu.Item onClick={() => save.mutate("json")}>JSON, for other programs…</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
