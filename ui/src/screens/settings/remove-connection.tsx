import { List, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useDraftStore } from "../../drafts";
import { countOf } from "../../format";
import type { ConnectionContents } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { QuestionFoot } from "../../parts/dialog-foot";
import { FailureNotice } from "../../parts/failure-notice";
import { keys, useCommand } from "../../queries";

/** Asks before a connection goes, with what would be left behind with it. */
export function RemoveConnection({ name, onClose }: { name: string; onClose: () => void }) {
  const core = useCore();
  const drafts = useDraftStore();
  const { data, error } = useQuery({
    queryKey: keys.connectionContents(name),
    queryFn: () => core.connectionContents(name),
    gcTime: 0,
  });
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
    <Modal opened onClose={onClose} title={`Remove the connection "${name}"?`} size={460}>
      <Stack gap="sm">
        <Text size="sm">
          Its secret goes from the secret store. Guests of the org are not touched. Its folder is set aside under
          "removed" in the data folder.
        </Text>
        {!data && !error && <Skeleton h={40} aria-label="Counting what it has" />}
        {error && <FailureNotice problem={error} />}
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
            {countOf(data.holds, "hold")} of its org: no other connection leads there. They count again with the next
            one that does.
          </Text>
        )}
        {remove.error !== null && <FailureNotice problem={remove.error} />}
        <QuestionFoot
          onStay={onClose}
          act="Remove connection"
          onAct={() => remove.mutate()}
          disabled={!data && !error}
          loading={remove.isPending}
        />
      </Stack>
    </Modal>
  );
}

function wordsOf(held: ConnectionContents): string[] {
  const all: [number, string, string][] = [
    [held.waiting, "message", "not sent yet"],
    [held.uncertain, "message", "that may have arrived"],
    [held.dead, "message", "that the org refused"],
    [held.runs, "run", "not over"],
    [held.schedules, "schedule", "switched on"],
    [held.policies, "policy", "with its confirmation"],
    [held.drafts, "draft", "not saved"],
  ];
  return all
    .filter(([number]) => number > 0)
    .map(([number, noun, what]) => {
      const words = noun === "policy" && number !== 1 ? `${number} policies` : countOf(number, noun);
      return `${words} ${noun === "policy" && number !== 1 ? "with their confirmations" : what}`;
    });
}
