import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowBackUp, IconPlus, IconTags } from "@tabler/icons-react";
import { useState } from "react";
import type { DraftBodies } from "../../draft-bodies";
import { useDraft } from "../../drafts";
import { countOf, shortId } from "../../format";
import type { ChatAttributeChange, ConversationRecordView } from "../../ipc/bindings";
import { failureOf } from "../../ipc/core";
import { EmptyState } from "../../parts/empty-state";
import { FailureNotice } from "../../parts/failure-notice";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { useCommand, useRefusal } from "../../queries";
import classes from "./guests.module.css";

type Props = { record: ConversationRecordView; guest: string | null; onSaved: () => void };

/** What the org takes at most, in characters. */
const MOST_KEY = 128;
const MOST_VALUE = 2_000;

/** Attributes of all who take part. While a conversation runs they are staged and saved like a guest's; all are texts. */
export function ChatAttributes({ record, guest, onSaved }: Props) {
  const { attributes, chat } = record;
  const first: DraftBodies["conversationAttributes"] = { guest, changes: [] };
  const draft = useDraft({
    kind: "conversationAttributes",
    id: chat.id,
    title: `Conversation ${shortId(chat.id)}`,
    first,
  });
  const staged = new Map(draft.value.changes);
  const refusal = useRefusal("changeConversation");
  const isOver = chat.state === "ended";
  const locked = refusal !== null || isOver;
  const [key, setKey] = useState("");
  const [refused, setRefused] = useState<Record<string, string>>({});
  const save = useCommand((core, changes: ChatAttributeChange[]) => core.conversationSave(chat.id, changes), {
    failure: "inline",
    done: () => {
      draft.clear();
      setRefused({});
      onSaved();
    },
    failed: (problem) =>
      setRefused(Object.fromEntries(failureOf(problem).fields.map(({ field, message }) => [field, message]))),
  });

  function put(name: string, after: string | null) {
    const before = attributes[name] ?? null;
    const next = new Map(staged);
    if (after === null || after === before) next.delete(name);
    else next.set(name, { before, after });
    setRefused(({ [name]: _, ...rest }) => rest);
    draft.set({ guest, changes: [...next] });
  }

  const known = Object.keys(attributes);
  const added = [...staged.keys()].filter((name) => !known.includes(name));
  const taken = [...known, ...added].find((name) => name.toLowerCase() === key.trim().toLowerCase());
  const newKey = key.trim();
  const keyProblem =
    newKey === "" ? null : taken !== undefined ? "This key is there already." : tooLong(newKey, MOST_KEY);
  const changes = [...staged].map(([name, change]) => ({ key: name, ...change }));
  const problems = changes.some(({ after }) => tooLong(after, MOST_VALUE) !== null);

  return (
    <div className="fill">
      <div className={classes.scroll}>
        {known.length + added.length === 0 && (
          <EmptyState icon={IconTags} title="No attributes">
            {locked ? "Nobody gave this conversation any." : "Add one; flows and agents can read it."}
          </EmptyState>
        )}
        <Stack gap={6}>
          {[...known, ...added].map((name) => {
            const change = staged.get(name);
            const value = change?.after ?? attributes[name] ?? "";
            return (
              <div key={name} className={`${classes.attribute} ${change ? classes.staged : ""}`}>
                <div className={classes.key} title={shown(name)}>
                  <Shown text={name} cut />
                </div>
                <TextInput
                  aria-label={shown(name)}
                  value={value}
                  readOnly={locked}
                  error={refused[name] ?? tooLong(value, MOST_VALUE)}
                  onChange={(event) => put(name, event.currentTarget.value)}
                />
                {change ? (
                  <ActionIcon
                    aria-label={`Undo the change of ${shown(name)}`}
                    mt={2}
                    size={26}
                    onClick={() => put(name, null)}
                  >
                    <IconArrowBackUp size={14} aria-hidden />
                  </ActionIcon>
                ) : (
                  <span />
                )}
              </div>
            );
          })}
        </Stack>
        {!locked && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (newKey === "" || keyProblem !== null) return;
              put(newKey, "");
              setKey("");
            }}
          >
            <Group gap="xs" mt="sm" align="flex-start" wrap="nowrap">
              <TextInput
                flex={1}
                aria-label="Key of a new attribute"
                placeholder="Key of a new attribute"
                value={key}
                error={keyProblem}
                spellCheck={false}
                onChange={(event) => setKey(event.currentTarget.value)}
              />
              <Button
                type="submit"
                variant="default"
                leftSection={<IconPlus size={13} aria-hidden />}
                disabled={newKey === "" || keyProblem !== null}
              >
                Add
              </Button>
            </Group>
          </form>
        )}
        {locked && known.length > 0 && (
          <Text size="xs" c="dimmed" mt="sm">
            {isOver ? "The conversation has ended, so its attributes stay as they are." : refusal}
          </Text>
        )}
      </div>
      {changes.length > 0 && (
        <div className={classes.foot}>
          <FailureNotice problem={save.error} mb="xs" />
          <Text component="ul" className="plain-list" ff="monospace" fz={11} lh={1.6} aria-label="Staged changes">
            {changes.flatMap(({ key: name, before, after }) => [
              before !== null && (
                <Text component="li" inherit key={`${name}-`} c="var(--ink-minus)">
                  − <Shown text={`${name}: ${JSON.stringify(before)}`} />
                </Text>
              ),
              <Text component="li" inherit key={`${name}+`} c="var(--ink-plus)">
                + <Shown text={`${name}: ${JSON.stringify(after)}`} />
              </Text>,
            ])}
          </Text>
          <Button
            mt="sm"
            fullWidth
            disabled={locked || problems}
            loading={save.isPending}
            onClick={() => save.mutate(changes)}
          >
            Save {countOf(changes.length, "change")}
          </Button>
        </div>
      )}
    </div>
  );
}

const tooLong = (text: string, most: number) => ([...text].length > most ? `At most ${most} characters.` : null);
