import { Box, Button, Drawer, Kbd, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useDraft } from "../../drafts";
import { countOf } from "../../format";
import type { ChangeView, NamedPolicyView, PolicyDraft, PolicyView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { failureOf } from "../../ipc/core";
import { DialogFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { Note } from "../../parts/note";
import { keysOf } from "../../parts/shortcuts";
import { shown } from "../../parts/shown";
import { useCancel } from "../../parts/use-cancel";
import { keys, useCommand, useRanges, useReadOnly } from "../../queries";
import { ChangeList } from "./change-list";
import { editedOf, readPolicy } from "./policy-draft";
import { PolicyFields } from "./policy-fields";
import classes from "./retention.module.css";

/** The core names the part of a cron line that it does not take. */
const cronParts = ["minute", "hour", "day of month", "month", "day of week"];

type Props = {
  /** As it is stored, or as a new one begins. */
  stored: PolicyDraft;
  /** Tried on the card and taken over into the editor. */
  reviewed: PolicyView | null;
  /** Nothing of it is stored yet. */
  isNew: boolean;
  onClose: () => void;
  onSaved: (policy: NamedPolicyView) => void;
};

/** All rules of one policy, with what saving them would change before anything is saved. */
export function PolicyEditor({ stored, reviewed, isNew, onClose, onSaved }: Props) {
  const core = useCore();
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const [first] = useState(() => editedOf(stored));
  const title = isNew ? "A new policy" : `Policy ${stored.name}`;
  const held = useDraft({ kind: "policy", id: isNew ? "new" : stored.id, title, first });
  const edited = held.value;
  const { set } = held;
  const cancel = useCancel(held, onClose);
  const read = readPolicy(edited, useRanges());
  const tidy = tidied(read.draft);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is opened
  useEffect(() => {
    if (reviewed === null) return;
    set(({ draft, typed }) => ({
      draft: { ...draft, what: reviewed },
      typed: { ...typed, days: String(reviewed.days) },
    }));
  }, []);

  const [asked] = useDebouncedValue(tidy, 200);
  const problems = { ...problemsOf(tidy), ...read.problems };
  const sound = Object.keys(problems).length === 0;
  const changes = useQuery({
    queryKey: keys.policyChanges(asked),
    queryFn: () => core.retentionPolicyChanges(asked),
    enabled: sound && Object.keys(problemsOf(asked)).length === 0,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const save = useCommand((to, next: PolicyDraft) => to.retentionPolicySave(next), {
    stale: ["retention", "guests", "audit"],
    failure: "inline",
    done: (policy) => {
      client.setQueryData<NamedPolicyView[]>(keys.policies, (old) =>
        old?.map((other) => (other.id === policy.id ? policy : other)),
      );
      held.clear();
      onSaved(policy);
    },
  });
  const refused = save.error ?? changes.error;
  const named = refused === null ? [] : failureOf(refused).fields;
  const told: Record<string, string> = {
    ...Object.fromEntries(named.map(({ field, message }) => [cronParts.includes(field) ? "cron" : field, message])),
    ...problems,
  };
  const list = sound && changes.error === null ? (changes.data ?? []) : [];
  const settled = asked === tidy || JSON.stringify(asked) === JSON.stringify(tidy);
  const ready = sound && settled && changes.error === null && changes.data !== undefined;
  const nothing = !isNew && list.length === 0;
  const trySave = () => {
    if (ready && !nothing && !readOnly && !save.isPending) save.mutate(tidy);
  };

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={560}
      title={isNew ? "New retention policy" : `Retention policy ${shown(stored.name)}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          trySave();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) trySave();
        }}
      >
        <PolicyFields
          edited={edited}
          problems={told}
          onChange={(part) => {
            save.reset();
            set((old) => ({ ...old, draft: { ...old.draft, ...part } }));
          }}
          onType={(part) => {
            save.reset();
            set((old) => ({ ...old, typed: { ...old.typed, ...part } }));
          }}
        />
        <Box component="section" className={classes.foot} aria-labelledby="changes">
          <Title order={3} id="changes" fz="sm">
            {isNew ? "What adding it does" : "What saving changes"}
          </Title>
          <Stack gap="xs" mt={4}>
            {isNew ? (
              <Note>
                Nothing yet: a new policy is switched off and confirmed by nobody, so no guest goes because of it.
              </Note>
            ) : !sound ? (
              <Text size="xs" c="var(--ink-minus)">
                Correct what is marked above first.
              </Text>
            ) : changes.error !== null ? null : changes.data === undefined || !settled ? (
              <Skeleton h={18} />
            ) : (
              <Changes changes={list} />
            )}
            {refused !== null && named.length === 0 && <FailureNotice problem={refused} />}
            <DialogFoot>
              <Button variant="default" onClick={cancel}>
                {nothing && !held.begun ? "Close" : "Discard"}
              </Button>
              <Button
                type="submit"
                disabled={!ready || nothing || readOnly}
                loading={save.isPending}
                rightSection={
                  <Kbd size="xs" aria-hidden>
                    {keysOf("mod+Enter")}
                  </Kbd>
                }
              >
                {isNew ? "Add policy" : saveWords(list)}
              </Button>
            </DialogFoot>
          </Stack>
        </Box>
      </form>
    </Drawer>
  );
}

function Changes({ changes }: { changes: ChangeView[] }) {
  const stronger = changes.filter((change) => change.stronger).length;
  if (changes.length === 0) {
    return <Note>Nothing is changed so far.</Note>;
  }
  return (
    <>
      <ChangeList changes={changes} label="What saving changes" />
      <Text size="xs" c={stronger > 0 ? "var(--ink-warm)" : "dimmed"}>
        {stronger > 0
          ? "Guests can go that could not before: it does not run by itself until you have confirmed it."
          : "No guest can go that could not before."}
      </Text>
    </>
  );
}

function saveWords(changes: ChangeView[]): string {
  if (changes.length === 0) return "Nothing to save";
  const stronger = changes.filter((change) => change.stronger).length;
  return `Save ${countOf(changes.length, "change")}${stronger > 0 ? `, ${stronger} stronger` : ""}`;
}

function tidied(draft: PolicyDraft): PolicyDraft {
  return {
    ...draft,
    name: draft.name.trim(),
    cron: draft.cron.trim().replace(/\s+/g, " "),
    what: { ...draft.what, filter: draft.what.filter?.trim() || null },
  };
}

/** What can be told without the core, by the field's name. */
function problemsOf({ name, cron, quiet }: PolicyDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  if (name === "") problems.name = "A name people know it by.";
  if ([...name].length > LONGEST_NAME) problems.name = `At most ${LONGEST_NAME} characters.`;
  if (cron.split(" ").length !== 5) problems.cron = "Five fields: minute hour day month weekday.";
  const time = /^([01]\d|2[0-3]):[0-5]\d$/;
  if (quiet.windows.some(({ from, to }) => !time.test(from) || !time.test(to))) {
    problems.quietHours = "Times such as 22:00.";
  }
  return problems;
}

const LONGEST_NAME = 60;
