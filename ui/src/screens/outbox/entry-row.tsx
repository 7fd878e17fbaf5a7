import { IconCheck, IconPencil, IconSend, IconTrash } from "@tabler/icons-react";
import { memo, type ReactNode } from "react";
import { moment, shortId } from "../../format";
import type { EntryView } from "../../ipc/bindings";
import { Dot } from "../../parts/dot";
import { RelativeTime } from "../../parts/relative-time";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { writerHref } from "../../routes";
import { entryStates, triesWords } from "../../states/outbox";
import type { EntryCommands } from "./entry-commands";
import classes from "./outbox.module.css";

type Props = {
  entry: EntryView;
  /** Whether the guest is named: for the first message of a conversation, and not where only one conversation is shown. */
  headed: "named" | "unnamed" | "alone";
  guest: string;
  damaged: boolean;
  open: boolean;
  onToggle: (entry: EntryView) => void;
  commands: EntryCommands;
  /** One of them is under way for this entry. */
  busy: boolean;
  readOnly: boolean;
};

/** One message: place, text, state, what can be done. Plain elements, drawn again only when something of it changes:
 * a screenful comes at once. */
export const EntryRow = memo(function EntryRow(props: Props) {
  const { entry, headed, guest, damaged, open, onToggle, commands, busy, readOnly } = props;
  const { name, color } = entryStates[entry.state];
  return (
    <div className={classes.columns} data-alone={headed === "alone" || undefined}>
      {headed !== "alone" && <div>{headed === "named" && <Guest entry={entry} name={guest} />}</div>}
      <div className={classes.place}>{entry.seq}</div>
      <div>
        <button
          type="button"
          className={classes.text}
          aria-expanded={open}
          title={open ? "Show one line" : "Show all of it"}
          data-open={open || undefined}
          onClick={() => onToggle(entry)}
        >
          {damaged ? (
            <i>The text is damaged on this disk and cannot be shown.</i>
          ) : (
            <Shown text={entry.text} lines={open} />
          )}
        </button>
        <div className={classes.small} title={entry.why === null ? undefined : shown(entry.why)}>
          {entry.why === null ? `Written ${moment(entry.writtenAt)}` : <Shown text={entry.why} />}
        </div>
      </div>
      <div>
        <Dot color={color}>{name}</Dot>
        <div className={classes.tries}>
          {entry.needsPerson ? "You decide" : triesWords(entry.attempts)}
          {entry.until && !entry.needsPerson && (
            <>
              , next <RelativeTime time={entry.until} />
            </>
          )}
        </div>
      </div>
      <EntryActions entry={entry} damaged={damaged} commands={commands} busy={busy} readOnly={readOnly} />
    </div>
  );
});

const Guest = ({ entry, name }: { entry: EntryView; name: string }) => (
  <>
    <a href={writerHref(entry.guestId)} className={classes.guest}>
      <Shown text={name} cut />
    </a>
    <div className={classes.small} title={entry.conversationId}>
      {shortId(entry.conversationId)}
    </div>
  </>
);

type ActionsProps = Pick<Props, "entry" | "damaged" | "commands" | "busy" | "readOnly">;

function EntryActions({ entry, damaged, commands, busy, readOnly }: ActionsProps) {
  const label = `message ${entry.seq}`;
  const dead = entry.state === "dead";
  const still = readOnly || entry.state === "sending";
  // What may have been sent cannot be changed any more: the org would take it for a repeat.
  const fixed = still || damaged || entry.state === "uncertain";
  return (
    <div className={classes.actions}>
      {entry.needsPerson ? (
        <>
          <Act
            label={`Say that ${label} arrived`}
            tip="It arrived"
            disabled={still || busy}
            onClick={() => commands.arrived(entry)}
          >
            <IconCheck size={15} aria-hidden />
          </Act>
          <Act
            label={`Send ${label} again, though it may then be there twice`}
            tip="Send it again: it may then be there twice"
            disabled={still || busy}
            onClick={() => commands.again(entry)}
          >
            <IconSend size={15} aria-hidden />
          </Act>
        </>
      ) : (
        <>
          <Act
            label={`${dead ? "Retry" : "Send"} ${label}${dead ? "" : " now"}`}
            tip={dead ? "Retry" : "Send now"}
            disabled={still || busy}
            onClick={() => commands.retry(entry)}
          >
            <IconSend size={15} aria-hidden />
          </Act>
          <Act label={`Edit ${label}`} tip="Edit" disabled={fixed} onClick={() => commands.edit(entry)}>
            <IconPencil size={15} aria-hidden />
          </Act>
        </>
      )}
      <Act label={`Discard ${label}`} tip="Discard" disabled={still || busy} onClick={() => commands.discard(entry)}>
        <IconTrash size={15} aria-hidden />
      </Act>
    </div>
  );
}

type ActProps = { label: string; tip: string; disabled: boolean; onClick: () => void; children: ReactNode };

const Act = ({ label, tip, disabled, onClick, children }: ActProps) => (
  <button type="button" className={classes.act} aria-label={label} title={tip} disabled={disabled} onClick={onClick}>
    {children}
  </button>
);
