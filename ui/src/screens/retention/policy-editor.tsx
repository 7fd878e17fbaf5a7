import { Box, Button, Drawer, Kbd, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { countOf } from "../../format";
import type { ChangeView, NamedPolicyView, PolicyDraft } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { failureOf } from "../../ipc/core";
import { DialogFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { keysOf } from "../../parts/shortcuts";
import { shown } from "../../parts/shown";
import { keys, useCommand, useReadOnly } from "../../queries";
import { ChangeList } from "./change-list";
import { DAYS } from "./policy-draft";
import { PolicyFields } from "./policy-fields";
import classes from "./retention.module.css";

/** The core names the part of a cron line that it does not take. */
const cronParts = ["minute", "hour", "day of month", "month", "day of week"];

type Props = {
  /** As it stands when the editor opens, staged changes included. */
  first: PolicyDraft;
  /** Nothing of it is stored yet. */
  isNew: boolean;
  onClose: () => void;
  onSaved: (policy: NamedPolicyView) => void;
};

/** All rules of one policy, with what saving them would change before anything is saved. */
export function PolicyEditor({ first, isNew, onClose, onSaved }: Props) {
  const core = useCore();
  const client = useQueryClient();
  const readOnly = useReadOnly();
  const [draft, setDraft] = useState(first);
  const tidy = tidied(draft);
  const [asked] = useDebouncedValue(tidy, 200);
  const problems = problemsOf(tidy);
  const sound = Object.keys(problems).length === 0;
  const changes = useQuery({
    queryKey: keys.policyChanges(asked),
    queryFn: () => core.retentionPolicyChanges(asked),
    enabled: Object.keys(problemsOf(asked)).length === 0,
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
      onSaved(policy);
    },
  });
  const refused = save.error ?? changes.error;
  const named = refused === null ? [] : failureOf(refused).fields;
  const told: Record<string, string> = {
    ...Object.fromEntries(named.map(({ field, message }) => [cronParts.includes(field) ? "cron" : field, message])),
    ...problems,
  };
  const list = sound ? (changes.data ?? []) : [];
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
      title={isNew ? "New retention policy" : `Retention policy ${shown(first.name)}`}
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
          draft={draft}
          problems={told}
          onChange={(part) => {
            save.reset();
            setDraft((old) => ({ ...old, ...part }));
          }}
        />
        <Box component="section" className={classes.foot} aria-labelledby="changes">
          <Title order={3} id="changes" fz="sm">
            {isNew ? "What adding it does" : "What saving changes"}
          </Title>
          <Stack gap="xs" mt={4}>
            {isNew ? (
              <Text size="xs" c="dimmed">
                Nothing yet: a new policy is switched off and confirmed by nobody, so no guest goes because of it.
              </Text>
            ) : !sound ? (
              <Text size="xs" c="var(--ink-minus)">
                Correct what is marked above first.
              </Text>
            ) : changes.data === undefined && changes.error === null ? (
              <Skeleton h={18} />
            ) : (
              <Changes changes={list} />
            )}
            {refused !== null && named.length === 0 && <FailureNotice problem={refused} />}
            <DialogFoot>
              <Button variant="default" onClick={onClose}>
                {nothing ? "Close" : "Discard"}
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
    return (
      <Text size="xs" c="dimmed">
        Nothing is changed so far.
      </Text>
    );
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
function problemsOf({ name, what, cron, cap, pace, brake, quiet }: PolicyDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  if (name === "") problems.name = "A name people know it by.";
  if (!whole(what.days, DAYS.least, DAYS.most)) problems.days = "A whole number from 1 to 3,650.";
  if (cron.split(" ").length !== 5) problems.cron = "Five fields: minute hour day month weekday.";
  if (cap !== null && !whole(cap, 1, 4_000_000_000)) problems.cap = "A whole number from 1 on, or empty.";
  if (pace !== null && !whole(pace, 1, 100_000)) problems.pace = "A whole number from 1 on, or empty.";
  if (brake && !(whole(brake.times, 1, 1000) && whole(brake.floor, 0, 4_000_000_000))) {
    problems.brake = "Whole numbers, at least 1 time the usual.";
  }
  const time = /^([01]\d|2[0-3]):[0-5]\d$/;
  if (quiet.windows.some(({ from, to }) => !time.test(from) || !time.test(to))) {
    problems.quietHours = "Times such as 22:00.";
  }
  return problems;
}
