import { Button, Group, Text, Textarea } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useDraft } from "../../drafts";
import { byteLength, count } from "../../format";
import type { EntryView, GuestView } from "../../ipc/bindings";
import { FailureNotice } from "../../parts/failure-notice";
import { Shown } from "../../parts/shown-text";
import { keys, useCommand, useLimits, useStatus } from "../../queries";
import classes from "./guests.module.css";

/** From this part of the longest message on its length is shown. */
const NEAR = 0.85;

type Line = { id: string; text: string };

/** Writes as the guest. A message is acknowledged once it is on disk, online or not. */
export function Composer({ guest, conversationId }: { guest: GuestView; conversationId: string }) {
  const client = useQueryClient();
  const { online } = useStatus();
  const { messageBytes } = useLimits();
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

  const bytes = byteLength(text);
  const over = bytes > messageBytes;
  const ready = text.trim() !== "" && !over;

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
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <Textarea
          flex={1}
          aria-label="Message"
          placeholder="Write as the guest"
          autosize
          minRows={1}
          maxRows={6}
          value={text}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            draft.set((old) => ({ ...old, text: typed }));
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              send();
            }
          }}
          error={over ? `${count(bytes - messageBytes)} bytes too long: shorten it or send it as two.` : null}
        />
        <Button onClick={send} disabled={!ready} leftSection={<IconSend size={14} aria-hidden />}>
          Send
        </Button>
      </Group>
      <Group justify="space-between" mt={4} wrap="nowrap">
        <Text size="xs" c={online.switchedOn ? "dimmed" : "var(--ink-warm)"}>
          {online.switchedOn
            ? "Enter sends, Shift Enter starts a new line"
            : "Once sent, it is kept on disk and goes out when you are online"}
        </Text>
        {bytes >= NEAR * messageBytes && (
          <Text size="xs" c={over ? "var(--ink-minus)" : "dimmed"}>
            {count(bytes)} of {count(messageBytes)} bytes
          </Text>
        )}
      </Group>
    </div>
  );
}
