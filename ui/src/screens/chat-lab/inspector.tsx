import { ActionIcon, Group, TextInput, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconArrowDownLeft,
  IconArrowUpRight,
  IconCode,
  IconDownload,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconSearch,
  IconSearchOff,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import { count, countOf, exact, instantOf } from "../../format";
import type { LabChatView, LabFramesPage, LabFrameView, LabFrameWay } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { CopyText } from "../../parts/copy-text";
import { EmptyState } from "../../parts/empty-state";
import { EndList } from "../../parts/end-list";
import { Note } from "../../parts/note";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useEscape } from "../../parts/use-escape";
import { PAGE, usePages } from "../../parts/use-pages";
import { keys } from "../../queries";
import { chatName } from "../../states/chat";
import classes from "./chat-lab.module.css";

type Props = { chat: LabChatView; onClose: () => void; onExport: () => void };

/** Every frame of a chat as it went over the wire, with what is secret masked. */
export function Inspector({ chat, onClose, onExport }: Props) {
  const core = useCore();
  const [typed, setTyped] = useState("");
  const [filter] = useDebouncedValue(typed.trim(), 150);
  /** How many frames there were when a person held the list. */
  const [held, setHeld] = useState<number | null>(null);
  const pages = usePages<LabFramesPage, LabFrameView>({
    keyOf: (offset) => keys.labFrames(chat.id, filter, offset),
    fetch: (offset) => core.labFrames(chat.id, filter, offset, PAGE),
    rowsOf: (page) => page.frames,
    totalOf: (page) => page.total,
  });
  useEscape(onClose);
  const total = Math.min(pages.total ?? 0, held ?? Number.POSITIVE_INFINITY);
  const later = (pages.total ?? 0) - total;
  return (
    <aside className={classes.inspector} aria-label={`Frames of ${shown(chatName(chat))}`}>
      <header className={classes.head}>
        <Title order={2} fz="sm" flex={1} miw={0}>
          Frames of <Shown text={chatName(chat)} />
        </Title>
        <Tooltip label={held === null ? "Hold the list" : "Follow again"}>
          <ActionIcon
            aria-label="Hold the list of frames"
            aria-pressed={held !== null}
            variant={held === null ? "subtle" : "light"}
            onClick={() => setHeld(held === null ? (pages.total ?? 0) : null)}
          >
            {held === null ? <IconPlayerPause size={15} aria-hidden /> : <IconPlayerPlay size={15} aria-hidden />}
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Export as JSON Lines">
          <ActionIcon aria-label="Export the frames" onClick={onExport}>
            <IconDownload size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <ActionIcon aria-label="Close the frames" onClick={onClose}>
          <IconX size={15} aria-hidden />
        </ActionIcon>
      </header>
      <div className={classes.told}>
        <TextInput
          aria-label="Filter the frames"
          placeholder="Action, class, code or a part of the JSON"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setHeld(null);
          }}
          spellCheck={false}
        />
        <Note mt={4} role="status">
          {pages.total === undefined ? " " : countOf(total, "frame")}
          {filter !== "" && ` of ${count(chat.frames)}`}
          {later > 0 && `, ${count(later)} more came since the list is held`}
        </Note>
      </div>
      <Answer
        problem={pages.problem}
        onRetry={pages.retry}
        known={pages.total !== undefined}
        none={total === 0}
        empty={
          filter === "" ? (
            <EmptyState icon={IconCode} title="No frames yet">
              They are listed here as soon as this chat speaks to the org.
            </EmptyState>
          ) : (
            <EmptyState icon={IconSearchOff} title="No frame matches">
              Clear the filter to see all {count(chat.frames)}.
            </EmptyState>
          )
        }
      >
        <Frames key={filter} total={total} rowAt={pages.rowAt} onVisible={pages.onVisible} />
      </Answer>
    </aside>
  );
}

type ListProps = {
  total: number;
  rowAt: (index: number) => LabFrameView | undefined;
  onVisible: (first: number, last: number) => void;
};

/** The frames, oldest first; one that is opened shows its JSON below its line. */
export function Frames({ total, rowAt, onVisible }: ListProps) {
  const [opened, setOpened] = useState<number | null>(null);
  function line(index: number) {
    const frame = rowAt(index);
    const content = frame && (
      <Frame
        frame={frame}
        open={opened === frame.number}
        onToggle={() => setOpened((old) => (old === frame.number ? null : frame.number))}
      />
    );
    return { content, className: classes.frame };
  }
  return (
    <EndList
      label="Frames"
      list="Frames"
      className="scroll"
      total={total}
      estimate={30}
      onVisible={onVisible}
      row={line}
    />
  );
}

const ways: Record<LabFrameWay, { words: string; icon: typeof IconCode; ink: string }> = {
  out: { words: "From the guest", icon: IconArrowUpRight, ink: "var(--ink-plus)" },
  in: { words: "To the guest", icon: IconArrowDownLeft, ink: "var(--mantine-color-dimmed)" },
  connection: { words: "The connection", icon: IconPlugConnected, ink: "var(--ink-warm)" },
};

function Frame({ frame, open, onToggle }: { frame: LabFrameView; open: boolean; onToggle: () => void }) {
  const { words, icon: Way, ink } = ways[frame.way];
  const json = open ? indented(frame.json) : "";
  return (
    <>
      <UnstyledButton className={classes.line} aria-expanded={open} onClick={onToggle}>
        <time dateTime={frame.at} title={exact(frame.at)}>
          {instantOf(frame.at)}
        </time>
        <Way size={14} color={ink} role="img" aria-label={words} />
        <Shown text={frame.name} cut />
        <span>{frame.code}</span>
      </UnstyledButton>
      {open && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard */}
          <pre className={classes.json} tabIndex={0}>
            <Shown text={json} lines />
          </pre>
          <Group gap={4} px="sm" py={4}>
            <CopyText text={frame.json} shown={`frame ${frame.number}`} label="Copy the JSON" />
          </Group>
        </>
      )}
    </>
  );
}

/** JSON with a line for each field; what is none stays as it is. */
function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
