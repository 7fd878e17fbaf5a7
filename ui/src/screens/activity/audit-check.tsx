import { Alert, Button, Group, Text } from "@mantine/core";
import { IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { countOf } from "../../format";
import type { AuditCheck } from "../../ipc/bindings";
import { CopyText } from "../../parts/copy-text";
import { Question } from "../../parts/dialogs";
import { Note } from "../../parts/note";
import { Pending } from "../../parts/pending";
import { RelativeTime } from "../../parts/relative-time";
import { keys, useAsk, useCommand, useStatus } from "../../queries";

/** Whether the log is whole; checked when it is first looked at, and again when a person asks. */
export function AuditCheckBar() {
  const { connection } = useStatus();
  const queryKey = keys.auditCheck(connection?.name ?? "");
  const { data, error, isFetching, refetch } = useAsk(queryKey, (core) => core.auditVerify());
  const again = (
    <Button size="compact-sm" variant="default" loading={isFetching} onClick={() => void refetch()}>
      Check again
    </Button>
  );
  if (error !== null || !data) {
    return <Pending query={{ error, refetch }} words="Checking every line…" again="Check again" />;
  }
  return data.ok ? (
    <Group gap="sm" wrap="wrap" role="status" aria-label="Integrity check">
      <Group gap={6} wrap="nowrap" c="var(--ink-plus)">
        <IconShieldCheck size={18} aria-hidden />
        <Text size="sm" fw={600}>
          Intact
        </Text>
      </Group>
      <Note>
        {countOf(data.lines, "line")}, each in its place, checked <RelativeTime time={data.checkedAt} />
      </Note>
      {data.head !== "" && <CopyText text={data.head} shown={`head ${data.head.slice(0, 8)}`} label="Copy the head" />}
      {again}
    </Group>
  ) : (
    <Broken check={data} queryKey={queryKey} again={again} />
  );
}

type BrokenProps = { check: AuditCheck; queryKey: ReturnType<typeof keys.auditCheck>; again: React.ReactNode };

function Broken({ check, queryKey, again }: BrokenProps) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const setAside = useCommand((core) => core.auditSetAside(), {
    stale: ["audit"],
    failure: "inline",
    done: (next) => {
      client.setQueryData(queryKey, next);
      setAsking(false);
    },
  });
  return (
    <Alert
      role="alert"
      color="red"
      p="sm"
      icon={<IconShieldX size={18} aria-hidden />}
      title={check.line === null ? "The audit log is broken" : `The audit log is broken at line ${check.line}`}
    >
      <Text size="xs">{check.problem}</Text>
      <Note>
        {countOf(check.lines, "line")} before that are intact. Somebody or a fault of the disk changed the rest. Checked{" "}
        <RelativeTime time={check.checkedAt} />.
      </Note>
      <Group gap="xs" mt="xs">
        {again}
        <Button size="compact-sm" variant="light" color="red" onClick={() => setAsking(true)}>
          Set aside…
        </Button>
      </Group>
      {asking && (
        <Question
          title="Set the broken log aside?"
          size={460}
          stay="Not now"
          act="Set aside and begin a new log"
          onAct={() => setAside.mutate()}
          problem={setAside.error}
          loading={setAside.isPending}
          onStay={() => setAsking(false)}
        >
          <Text size="sm">
            The broken log is kept as it is, under another name in the same folder, for whoever looks into it. A new one
            begins; its first line says how many lines of the old one were intact, and their hash.
          </Text>
          <Text size="sm" c="dimmed">
            Nothing is repaired and nothing is deleted. Until then what is done here may not be provable.
          </Text>
        </Question>
      )}
    </Alert>
  );
}
