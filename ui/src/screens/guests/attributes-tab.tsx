import { Button, Group, Kbd, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconArrowBackUp, IconPencilPlus, IconPlus, IconTags } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { DraftBodies } from "../../draft-bodies";
import { useDraft } from "../../drafts";
import { countOf } from "../../format";
import type { AttributeConflict, Boxed, GuestDetail, GuestView } from "../../ipc/bindings";
import { useActions, useOffered } from "../../parts/actions";
import { EmptyState } from "../../parts/empty-state";
import { FailureNotice } from "../../parts/failure-notice";
import { keysOf } from "../../parts/shortcuts";
import { lookAlikes } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { keys, useCommand, useRefusal } from "../../queries";
import { go, guestHref } from "../../routes";
import { AddAttribute, useNewAttribute } from "./add-attribute";
import { AttributeRow } from "./attribute-row";
import { ConflictView } from "./conflict-view";
import classes from "./guests.module.css";
import { changesOf, decide, meaning, type Staging, stage, unstage, words } from "./staging";

type Props = { guest: GuestView; onRecord: () => void };

/** Typed values, edited in place; nothing is written before the diff is saved. */
export function AttributesTab({ guest, onRecord }: Props) {
  const client = useQueryClient();
  const refusal = useRefusal("changeGuest");
  const readOnly = refusal !== null;
  const { staging, setStaging } = useStaging(guest);
  const { askDiscard } = useActions();
  const newAttribute = useNewAttribute(guest);
  const [conflicts, setConflicts] = useState<AttributeConflict[]>([]);
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

  function put(saved: GuestView) {
    client.setQueryData<GuestDetail>(keys.guest(guest.id), (old) => old && { ...old, guest: saved });
  }

  const save = useCommand(
    (core, { changes }: { changes: NonNullable<ReturnType<typeof changesOf>>; sent: Staging }) =>
      core.guestSave(guest.id, changes),
    {
      failure: "inline",
      done: (result, { sent }) => {
        if (result.kind === "saved") {
          put(result.guest);
          // What was typed while it was under way is not saved yet.
          setStaging((old) => new Map([...old].filter(([key, { type, typed }]) => !isSent(sent, key, type, typed))));
          setConflicts([]);
          void client.invalidateQueries({ queryKey: ["guests"] });
        } else {
          put(result.theirs);
          setConflicts(result.conflicts);
        }
      },
    },
  );

  const changes = changesOf(staging);
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
          {[...known, ...added].map((key) => (
            <AttributeRow
              key={key}
              name={key}
              alike={alike.get(key)}
              current={currentOf(key)}
              staged={staging.get(key)}
              readOnly={readOnly}
              onEdit={(edit) => setStaging((old) => stage(old, key, currentOf(key), edit))}
              onUndo={() => setStaging((old) => unstage(old, key))}
            />
          ))}
        </Stack>
        {known.length + added.length === 0 && !adding && (
          <EmptyState icon={IconTags} title="No attributes">
            Add one to keep what you know about this guest.
          </EmptyState>
        )}
        {adding ? (
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
