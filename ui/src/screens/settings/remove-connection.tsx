import { List, Skeleton, Text } from "@mantine/core";
import { useDraftStore } from "../../drafts";
import { countOf } from "../../format";
import type { ConnectionContents } from "../../ipc/bindings";
import { Question } from "../../parts/dialogs";
import { FailureNotice } from "../../parts/failure-notice";
import { keys, useAsk, useCommand } from "../../queries";

/** Asks before a connection goes, with what would be left behind with it. */
export function RemoveConnection({ name, onClose }: { name: string; onClose: () => void }) {
  const drafts = useDraftStore();
  const { data, error } = useAsk(keys.connectionContents(name), (core) => core.connectionContents(name), { gcTime: 0 });
  const remove = useCommand((to) => to.connectionRemove(name), {
    failure: "inline",
    stale: ["connections"],
    done: () => {
      drafts.follow(name, null);
      onClose();
    },
  });
  const left = data ? wordsOf(data) : [];
  return (
    <Question
      title={`Remove the connection "${name}"?`}
      size={460}
      problem={remove.error}
      onStay={onClose}
      act="Remove connection"
      onAct={() => remove.mutate()}
      disabled={!data && !error}
      loading={remove.isPending}
    >
      <Text size="sm">
        Its secret goes from the secret store. Guests of the org are not touched. Its folder is set aside under
        "removed" in the data folder.
      </Text>
      {!data && !error && <Skeleton h={40} aria-label="Counting what it has" />}
      <FailureNotice problem={error} />
      {data && left.length === 0 && <Text size="sm">Nothing waits in it.</Text>}
      {left.length > 0 && (
        <section aria-label="What is left behind">
          <Text size="sm" fw={600}>
            This is left behind and does not go on:
          </Text>
          <List size="sm">
            {left.map((words) => (
              <List.Item key={words}>{words}</List.Item>
            ))}
          </List>
        </section>
      )}
      {data && data.holds > 0 && (
        <Text size="sm">
          {countOf(data.holds, "hold")} of its org: no other connection leads there. They count again with the next one
          that does.
        </Text>
      )}
    </Question>
  );
}

function wordsOf(held: ConnectionContents): string[] {
  const all: [number, string][] = [
    [held.waiting, `${countOf(held.waiting, "message")} not sent yet`],
    [held.uncertain, `${countOf(held.uncertain, "message")} that may have arrived`],
    [held.dead, `${countOf(held.dead, "message")} that the org refused`],
    [held.runs, `${countOf(held.runs, "run")} not over`],
    [held.schedules, `${countOf(held.schedules, "schedule")} switched on`],
    [
      held.policies,
      held.policies === 1 ? "1 policy with its confirmation" : `${held.policies} policies with their confirmations`,
    ],
    [held.drafts, `${countOf(held.drafts, "draft")} not saved`],
  ];
  return all.filter(([number]) => number > 0).map(([, words]) => words);
}
