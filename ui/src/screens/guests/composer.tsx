import { Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useDraft } from "../../drafts";
import type { EntryView, GuestView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { MessageField, MessageLength, useMessageLength } from "../../parts/message-field";
import { Shown } from "../../parts/shown-text";
import { keys, useCommand, useStatus } from "../../queries";
import classes from "./guests.module.css";

type Line = { id: string; text: string };

/** Writes as the guest. A message is acknowledged once it is on disk, online or not. */
export function Composer({ guest, conversationId }: { guest: GuestView; conversationId: string }) {
  const client = useQueryClient();
  const { online } = useStatus();
  const first = { guest: guest.id, text: "", refused: [] as Line[] };
  const draft = useDraft({ kind: "message", id: conversationId, title: guest.name, first });
  // Of the lines that the core could not take the ids are kept too, so that a second try is the same message.
  const { text, refused } = draft.value;
  const say = useCommand((core, line: Line) => core.chatSay(line.id, conversationId, line.text), {
    scope: `say ${conversationId}`,
    failure: "inline",
    stale: ["outbox"],
    done: (entry) => {
      client.setQueryData<EntryView[]>(keys.messages(conversationId), (old) =>
        old && !old.some((other) => other.id === entry.id) ? [...old, entry] : old,
      );
    },
    failed: (_problem, line) => draft.set((old) => ({ ...old, refused: [...old.refused, line] })),
  });

  const length = useMessageLength(text);
  const ready = text.trim() !== "" && !length.over;

  function send() {
    if (!ready) return;
    say.mutate({ id: crypto.randomUUID(), text });
    draft.set((old) => ({ ...old, text: "" }));
  }

  function sendAgain() {
    for (const line of refused) say.mutate(line);
    draft.set((old) => ({ ...old, refused: [] }));
  }

  return (
    <div className={classes.foot}>
      {refused.length > 0 && (
        <FailureNotice problem={say.error ?? new Error("The message was not accepted.")} mb="xs" onAction={sendAgain}>
          {refused.map((line) => (
            <Text key={line.id} size="xs" truncate>
              Not accepted: <Shown text={line.text} />
            </Text>
          ))}
        </FailureNotice>
      )}
      <MessageField
        label="Message"
        placeholder="Write as the guest"
        text={text}
        length={length}
        ready={ready}
        onType={(typed) => draft.set((old) => ({ ...old, text: typed }))}
        onSend={send}
      />
      <Group justify="space-between" mt={4} wrap="nowrap">
        <Text size="xs" c={online.switchedOn ? "dimmed" : "var(--ink-warm)"}>
          {online.switchedOn
            ? "Enter sends, Shift Enter starts a new line"
            : "Once sent, it is kept on disk and goes out when you are online"}
        </Text>
        <MessageLength length={length} />
      </Group>
    </div>
  );
}
