import { Button, Group, Skeleton, UnstyledButton, VisuallyHidden } from "@mantine/core";
import {
  IconCode,
  IconDeviceFloppy,
  IconDownload,
  IconKey,
  IconMessages,
  IconPlugOff,
  IconUserPlus,
} from "@tabler/icons-react";
import { useEffect } from "react";
import type { LabChatView, LabOverview } from "../../ipc/bindings";
import { type Action, useOffered } from "../../parts/actions";
import { Answer } from "../../parts/answer";
import { Dot } from "../../parts/dot";
import { EmptyState } from "../../parts/empty-state";
import { useChosenChat, useWrittenIn } from "../../parts/show-chat";
import { Shown } from "../../parts/shown-text";
import { usePlace } from "../../places";
import { keys, useAsk } from "../../queries";
import { screenHref } from "../../routes";
import { chatName, chatStates, numbered } from "../../states/chat";
import { ChatColumn } from "./chat-column";
import classes from "./chat-lab.module.css";
import { ChatQuestion, ExportFrames, SaveScenario } from "./chat-questions";
import { Inspector } from "./inspector";
import type { LabDialog } from "./lab-dialog";
import { ResumeLabChat } from "./resume-lab-chat";
import { StartLabChat } from "./start-lab-chat";
import { Unread } from "./unread";
import { useDraggedOver, useDroppedFiles } from "./use-dropped-files";

/** The guests who are played, side by side. */
export function Chats() {
  const { data: lab, error, refetch } = useAsk(keys.lab, (core) => core.labOverview());
  const [dialog, ask] = usePlace<LabDialog | null>("lab dialog", null);
  const [chosen, choose] = useChosenChat();
  const [writtenIn, writeIn] = useWrittenIn();
  const [inspected, inspect] = usePlace<string | null>("lab inspected", null);
  const [agent] = usePlace("lab agent", false);
  const chats = numbered(lab?.chats ?? []);
  const current = chats.find(({ id }) => id === chosen) ?? chats.at(-1);
  const shownFrames = chats.find(({ id }) => id === inspected);

  // The chosen one is in view, also after a restart and beside many others.
  const currentId = current?.id;
  useEffect(() => {
    if (currentId !== undefined) bring(currentId);
  }, [currentId]);
  const isThere = chats.some(({ id }) => id === writtenIn);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each wish, when its chat is there
  useEffect(() => {
    if (writtenIn === null || !isThere) return;
    bring(writtenIn, (column) => column.querySelector<HTMLElement>("textarea")?.focus({ preventScroll: true }));
    writeIn(null);
  }, [writtenIn, isThere]);
  useDroppedFiles();
  const draggedOver = useDraggedOver();
  useOffered([
    ...(current ? offersOf(current) : []),
    { id: "lab start", label: "Play a guest in the chat lab…", icon: IconUserPlus, run: () => ask({ kind: "start" }) },
    { id: "lab resume", label: "Resume a chat by its token…", icon: IconKey, run: () => ask({ kind: "resume" }) },
  ]);

  /** What can be done with the chat whose name is chosen. */
  function offersOf(chat: LabChatView): Action[] {
    return [
      { id: "lab frames", label: "Frames of this chat", icon: IconCode, run: () => inspect(chat.id) },
      {
        id: "lab save",
        label: "Save this chat as a scenario…",
        icon: IconDeviceFloppy,
        run: () => ask({ kind: "save", chat }),
      },
      {
        id: "lab export",
        label: "Export the frames of this chat…",
        icon: IconDownload,
        run: () => ask({ kind: "export", chat }),
      },
    ];
  }

  /** Brings a chat into view, and the cursor into what is written there. */
  function show(id: string) {
    choose(id);
    writeIn(id);
  }

  return (
    <>
      <Answer
        problem={error}
        onRetry={() => void refetch()}
        known={lab !== undefined}
        none={chats.length === 0}
        empty={
          lab?.deployment === null ? (
            <NoDeployment onStart={() => ask({ kind: "start" })} />
          ) : (
            <EmptyState
              icon={IconMessages}
              title="No guest is played yet"
              action={
                <Group gap="xs" mt="xs">
                  <Button onClick={() => ask({ kind: "start" })}>Play a guest</Button>
                  <Button variant="default" onClick={() => ask({ kind: "resume" })}>
                    Resume by token…
                  </Button>
                </Group>
              }
            >
              Write as a guest of your web page and see what arrives. Several guests stand side by side, each online or
              offline by a switch of their own.
            </EmptyState>
          )
        }
      >
        {lab === undefined ? (
          <Skeleton h="100%" />
        ) : (
          <div className={classes.lab}>
            <div className={classes.chats}>
              {chats.length > 1 && (
                <nav className={classes.names} aria-label="Chats">
                  {chats.map((chat) => (
                    <Name key={chat.id} chat={chat} current={chat.id === current?.id} onChoose={() => show(chat.id)} />
                  ))}
                </nav>
              )}
              <div className={classes.columns}>
                {chats.map((chat) => (
                  <ChatColumn
                    key={chat.id}
                    chat={chat}
                    current={chat.id === current?.id}
                    onCurrent={() => choose(chat.id)}
                    agent={agent && lab.canPlayAgent}
                    dropping={chat.id === draggedOver}
                    inspected={chat.id === inspected}
                    onInspect={() => {
                      inspect(chat.id === inspected ? null : chat.id);
                      bring(chat.id);
                    }}
                    onDialog={ask}
                  />
                ))}
              </div>
            </div>
            {shownFrames && (
              <Inspector
                key={shownFrames.id}
                chat={shownFrames}
                onClose={() => inspect(null)}
                onExport={() => ask({ kind: "export", chat: shownFrames })}
              />
            )}
          </div>
        )}
      </Answer>
      {dialog && lab && (
        <Dialog
          lab={lab}
          dialog={dialog}
          onClose={() => ask(null)}
          onStarted={(id) => {
            ask(null);
            show(id);
          }}
        />
      )}
    </>
  );
}

/** A connection that names no deployment: what to do, and that one can be named for a single chat. */
const NoDeployment = ({ onStart }: { onStart: () => void }) => (
  <EmptyState
    icon={IconPlugOff}
    title="This connection names no deployment"
    action={
      <Group gap="xs" mt="xs">
        <Button component="a" href={screenHref("settings")}>
          Open Settings
        </Button>
        <Button variant="default" onClick={onStart}>
          Name one for a single chat…
        </Button>
      </Group>
    }
  >
    Guests come in by a deployment of web messaging. Edit the connection in Settings and enter the id of the deployment,
    and the address of the page where its guests are.
  </EmptyState>
);

/** Scrolls the chat of this id into view, once what was just changed is drawn. */
function bring(id: string, then?: (column: HTMLElement) => void) {
  requestAnimationFrame(() => {
    const column = document.querySelector<HTMLElement>(`[data-chat="${CSS.escape(id)}"]`);
    column?.scrollIntoView({ inline: "nearest", block: "nearest" });
    if (column) then?.(column);
  });
}

type NameProps = { chat: LabChatView; current: boolean; onChoose: () => void };

const Name = ({ chat, current, onChoose }: NameProps) => (
  <UnstyledButton className={classes.name} aria-current={current} onClick={onChoose}>
    <Dot color={chatStates[chat.state].color}>
      <Shown text={chatName(chat)} cut />
    </Dot>
    <VisuallyHidden>{chatStates[chat.state].name}</VisuallyHidden>
    <Unread chat={chat} />
  </UnstyledButton>
);

/** A chat as it stands now, beside the one of which a person was asked. */
const asItIs = (lab: LabOverview, asked: LabChatView) => lab.chats.find(({ id }) => id === asked.id) ?? asked;

type DialogProps = { lab: LabOverview; dialog: LabDialog; onClose: () => void; onStarted: (id: string) => void };

function Dialog({ lab, dialog, onClose, onStarted }: DialogProps) {
  switch (dialog.kind) {
    case "start":
      return <StartLabChat lab={lab} again={null} onClose={onClose} onStarted={onStarted} />;
    case "again":
      return <StartLabChat lab={lab} again={asItIs(lab, dialog.chat)} onClose={onClose} onStarted={onStarted} />;
    case "resume":
      return <ResumeLabChat lab={lab} onClose={onClose} onStarted={onStarted} />;
    case "save":
      return <SaveScenario chat={dialog.chat} onClose={onClose} />;
    case "export":
      return <ExportFrames chat={dialog.chat} onClose={onClose} />;
    default:
      return <ChatQuestion asked={dialog.kind} chat={asItIs(lab, dialog.chat)} onClose={onClose} />;
  }
}
