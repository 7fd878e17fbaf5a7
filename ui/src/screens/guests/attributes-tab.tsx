import { Button, Group, Kbd, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconArrowBackUp, IconPencilPlus, IconPlus, IconTags } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { DraftBodies } from "../../draft-bodies";
import { useDraft } from "../../drafts";
import { countOf } from "../../format";
import type { AttributeConflict, Boxed, FieldsView, GuestDetail, GuestView } from "../../ipc/bindings";
import { CoreFailure, failureOf } from "../../ipc/core";
import { useActions, useOffered } from "../../parts/actions";
import { EmptyState } from "../../parts/empty-state";
import { FailureNotice } from "../../parts/failure-notice";
import { keysOf } from "../../parts/shortcuts";
import { lookAlikes } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { keys, useCommand, useRefusal } from "../../queries";
import { go, guestHref } from "../../routes";
import { AddAttribute, useNewAttribute } from "./add-attribute";
import { AddField } from "./add-field";
import { AttributeRow } from "./attribute-row";
import { ConflictView } from "./conflict-view";
import { FieldRow } from "./field-row";
import { fieldProblem, typeOfField } from "./field-rules";
import classes from "./guests.module.css";
import { changesOf, decide, meaning, type Staged, type Staging, stage, unstage, words } from "./staging";

type Props = {
  guest: GuestView;
  /** What may stand there, by the org's schema; `null` where any key may be given any value. */
  fields: FieldsView | null;
  onRecord: () => void;
};

/** Typed values, edited in place; nothing is written before the diff is saved. */
export function AttributesTab({ guest, fields, onRecord }: Props) {
  const client = useQueryClient();
  const unreadable = fields?.failure ?? null;
  const refusal = useRefusal("changeGuest");
  const readOnly = refusal !== null || unreadable !== null;
  const { staging, setStaging } = useStaging(guest);
  const { askDiscard } = useActions();
  const newAttribute = useNewAttribute(guest);
  const [conflicts, setConflicts] = useState<AttributeConflict[]>([]);
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [fresh, setFresh] = useState<string | null>(null);
  const [opened, setAdding] = useState(false);
  const adding = opened || newAttribute.begun;
  const addFromPalette = () => {
    go(guestHref(guest.id));
    setAdding(true);
  };
  const offered = {
    id: "add-attribute",
    label: "Add attribute",
    hint: guest.name,
    icon: IconPlus,
    run: addFromPalette,
  };
  useOffered(readOnly || adding ? [] : [offered]);

  function put(key: string, edit: Omit<Staged, "before">) {
    setRefused(({ [key]: _, ...rest }) => rest);
    setStaging((old) => stage(old, key, currentOf(key), edit));
  }

  function show(saved: GuestView) {
    client.setQueryData<GuestDetail>(keys.guest(guest.id), (old) => old && { ...old, guest: saved });
  }

  const save = useCommand(
    (core, { changes }: { changes: NonNullable<ReturnType<typeof changesOf>>; sent: Staging }) =>
      core.guestSave(guest.id, changes),
    {
      failure: "inline",
      done: (result, { sent }) => {
        if (result.kind === "saved") {
          show(result.guest);
          // What was typed while it was under way is not saved yet.
          setStaging((old) => new Map([...old].filter(([key, { type, typed }]) => !isSent(sent, key, type, typed))));
          setConflicts([]);
          setRefused({});
          void client.invalidateQueries({ queryKey: ["guests"] });
        } else {
          show(result.theirs);
          setConflicts(result.conflicts);
        }
      },
      failed: (problem) => {
        const failure = failureOf(problem);
        setRefused(Object.fromEntries(failure.fields.map(({ field, message }) => [field, message])));
        // A schema that was changed meanwhile is read anew.
        if (fields !== null && failure.code === "invalid_input") {
          void client.invalidateQueries({ queryKey: keys.guest(guest.id) });
        }
      },
    },
  );

  const fieldOf = (key: string) => fields?.fields.find((field) => field.key === key);
  const unfit = [...staging].some(([key, edit]) => {
    const field = fieldOf(key);
    return field !== undefined && fieldProblem(field, edit) !== null;
  });
  const changes = unfit ? null : changesOf(staging);
  const blocked = changes === null || conflicts.length > 0;
  const trySave = () => {
    if (!readOnly && changes !== null && changes.length > 0 && conflicts.length === 0)
      save.mutate({ changes, sent: staging });
  };

  // From wherever the focus is on this screen, but for a text of several lines, where the keys end a line or send it.
  useHotkeys(
    [
      [
        "mod+Enter",
        (event) => {
          const at = event.target;
          if (!(at instanceof Element) || at.closest("textarea, [role=dialog]") === null) trySave();
        },
      ],
    ],
    [],
  );

  function discard() {
    askDiscard({
      lines: [`${guest.name}: ${countOf(staging.size, "staged change")}`],
      discard: () => {
        setStaging(() => new Map());
        setConflicts([]);
        save.reset();
      },
    });
  }

  function settle(conflict: AttributeConflict, keep: "mine" | "theirs") {
    setStaging((old) => decide(old, conflict, keep));
    setConflicts((old) => old.filter((other) => other.key !== conflict.key));
  }

  const button = { variant: "subtle", size: "compact-sm", disabled: readOnly, title: refusal ?? undefined } as const;
  const known = Object.keys(guest.attributes);
  const added = [...staging.keys()].filter((key) => !known.includes(key));
  const alike = lookAlikes([...known, ...added]);
  const currentOf = (key: string): Boxed | null => {
    const value = guest.attributes[key];
    return value === undefined ? null : { value };
  };

  return (
    <div className="fill">
      <div className={classes.scroll}>
        <Stack gap={6}>
          {unreadable !== null && <FailureNotice problem={new CoreFailure(unreadable, "guestOpen")} />}
          {[...known, ...added].map((key) =>
            fields !== null ? (
              <FieldRow
                key={key}
                name={key}
                field={fieldOf(key)}
                current={currentOf(key)}
                staged={staging.get(key)}
                refused={staging.has(key) ? refused[key] : undefined}
                readOnly={readOnly}
                fresh={key === fresh}
                onEdit={(edit) => put(key, edit)}
                onUndo={() => setStaging((old) => unstage(old, key))}
              />
            ) : (
              <AttributeRow
                key={key}
                name={key}
                alike={alike.get(key)}
                current={currentOf(key)}
                staged={staging.get(key)}
                readOnly={readOnly}
                onEdit={(edit) => put(key, edit)}
                onUndo={() => setStaging((old) => unstage(old, key))}
              />
            ),
          )}
        </Stack>
        {known.length + added.length === 0 && !adding && (
          <EmptyState icon={IconTags} title="No attributes">
            Add one to keep what you know about this guest.
          </EmptyState>
        )}
        {adding && fields !== null ? (
          <AddField
            fields={fields.fields.filter(({ key }) => !known.includes(key) && !added.includes(key))}
            onAdd={(field) => {
              const type = typeOfField(field);
              setFresh(field.key);
              put(field.key, { type, typed: type === "yesNo" ? "true" : "" });
              setAdding(false);
            }}
            onCancel={() => setAdding(false)}
          />
        ) : adding ? (
          <AddAttribute
            guest={guest}
            taken={[...known, ...added]}
            onAdd={(key, type, typed) => {
              setStaging((old) => stage(old, key, null, { type, typed }));
              setAdding(false);
            }}
            onCancel={() => setAdding(false)}
          />
        ) : (
          <Group gap="xs" mt="sm">
            <Button {...button} leftSection={<IconPlus size={13} aria-hidden />} onClick={() => setAdding(true)}>
              Add attribute
            </Button>
            <Button {...button} leftSection={<IconPencilPlus size={13} aria-hidden />} onClick={onRecord}>
              Record interaction
            </Button>
          </Group>
        )}
      </div>
      {(staging.size > 0 || conflicts.length > 0) && (
        <div className={classes.foot}>
          {conflicts.length > 0 && <ConflictView conflicts={conflicts} onDecide={settle} />}
          <FailureNotice problem={save.error} />
          <Group justify="space-between">
            <Text size="xs" fw={600}>
              {countOf(staging.size, "staged change")}
            </Text>
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              c="dimmed"
              leftSection={<IconArrowBackUp size={12} aria-hidden />}
              onClick={discard}
            >
              Discard
            </Button>
          </Group>
          <Diff staging={staging} alike={alike} />
          {staging.size > 0 && (
            <Button
              // In view however long the changes above it are.
              pos="sticky"
              bottom={0}
              style={{ zIndex: 1 }}
              mt="sm"
              fullWidth
              disabled={blocked || readOnly}
              title={refusal ?? undefined}
              loading={save.isPending}
              onClick={trySave}
              rightSection={
                <Kbd size="xs" aria-hidden>
                  {keysOf("mod+Enter")}
                </Kbd>
              }
            >
              {conflicts.length > 0
                ? `Decide ${countOf(conflicts.length, "key")} first`
                : `Save ${countOf(staging.size, "change")}`}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** What is staged for a guest, kept wherever the person goes meanwhile; each change with what they saw. */
function useStaging(guest: GuestView) {
  const draft = useDraft({ kind: "attributes", id: guest.id, title: guest.name, first: nothing });
  const staging: Staging = useMemo(() => new Map(draft.value), [draft.value]);
  const setStaging = (next: (old: Staging) => Staging) => draft.set((old) => [...next(new Map(old))]);
  return { staging, setStaging };
}

const nothing: DraftBodies["attributes"] = [];

const isSent = (sent: Staging, key: string, type: string | null, typed: string) =>
  sent.get(key)?.type === type && sent.get(key)?.typed === typed;

type Alike = ReadonlyMap<string, string>;

const Key = ({ name, alike }: { name: string; alike: Alike }) => (
  <>
    <Shown text={name} />
    {alike.has(name) && ` (${alike.get(name)})`}
  </>
);

function Diff({ staging, alike }: { staging: Staging; alike: Alike }) {
  return (
    <Text component="ul" className="plain-list" ff="monospace" fz={11} lh={1.6} mt={6} aria-label="Staged changes">
      {[...staging].flatMap(([key, staged]) => {
        const after = meaning(staged);
        return [
          staged.before !== null && (
            <Text component="li" inherit key={`${key}-`} c="var(--ink-minus)">
              − <Key name={key} alike={alike} />: <Shown text={words(staged.before)} />
            </Text>
          ),
          "problem" in after ? (
            <li key={`${key}!`}>
              ! <Key name={key} alike={alike} />: {after.problem}
            </li>
          ) : (
            after.boxed !== null && (
              <Text component="li" inherit key={`${key}+`} c="var(--ink-plus)">
                + <Key name={key} alike={alike} />: <Shown text={words(after.boxed)} />
              </Text>
            )
          ),
        ];
      })}
    </Text>
  );
}
