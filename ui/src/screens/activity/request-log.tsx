import { Checkbox, Group, Text, TextInput } from "@mantine/core";
import { IconActivity, IconSearch, IconSearchOff } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo, useState } from "react";
import { clockTime, count, countOf, exact, shortId } from "../../format";
import type { RequestView } from "../../ipc/bindings";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
import { CopyText } from "../../parts/copy-text";
import { EmptyState } from "../../parts/empty-state";
import { Note } from "../../parts/note";
import { VirtualGrid } from "../../parts/virtual-grid";
import { keys, useAsk } from "../../queries";

/** The requests, newest first. */
export function RequestLog() {
  const { data, error, refetch } = useAsk(keys.activity, (core) => core.activityList());
  const [typed, setTyped] = useState("");
  const [onlyProblems, setOnlyProblems] = useState(false);
  const rows = useMemo(() => select(data ?? [], typed, onlyProblems), [data, typed, onlyProblems]);

  return (
    <>
      <Group gap="md" mb="sm">
        <TextInput
          w={300}
          aria-label="Filter requests"
          placeholder="Method, path, status, id or problem"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          leftSection={<IconSearch size={14} aria-hidden />}
          spellCheck={false}
        />
        <Checkbox
          size="xs"
          label="Only problems"
          checked={onlyProblems}
          onChange={(event) => setOnlyProblems(event.currentTarget.checked)}
        />
        <Note ml="auto" role="status">
          {data
            ? `${countOf(rows.length, "request")}${rows.length < data.length ? ` of ${count(data.length)}` : ""}`
            : " "}
        </Note>
      </Group>
      <Answer
        problem={error}
        onRetry={() => void refetch()}
        known={data !== undefined}
        none={rows.length === 0}
        empty={
          data === undefined || data.length === 0 ? (
            <EmptyState icon={IconActivity} title="No requests yet">
              They are listed here as soon as the console asks the org for something.
            </EmptyState>
          ) : (
            <EmptyState icon={IconSearchOff} title="No request matches">
              Clear the filter to see all {count(data.length)}.
            </EmptyState>
          )
        }
      >
        <div className="screen-fill" style={{ marginInline: "calc(-1 * var(--mantine-spacing-lg) + 6px)", flex: 1 }}>
          <VirtualGrid
            label="Requests"
            columns={columns}
            count={data ? rows.length : 14}
            rowAt={(index) => rows[index]}
            rowKey={(row) => `${row.at} ${row.method} ${row.path} ${row.attempt}`}
          />
        </div>
      </Answer>
    </>
  );
}

function select(requests: RequestView[], typed: string, onlyProblems: boolean): RequestView[] {
  const words = typed.trim().toLowerCase();
  return requests.filter((request) => {
    if (onlyProblems && !isProblem(request)) return false;
    const { method, path, status, correlationId } = request;
    return (
      words === "" ||
      `${method} ${path} ${status ?? ""} ${correlationId ?? ""} ${problemWords(status) ?? ""}`
        .toLowerCase()
        .includes(words)
    );
  });
}

const isProblem = ({ status }: RequestView) => status === null || status >= 400;

/** What a status means here, in words; nothing where all went well. */
function problemWords(status: number | null): string | null {
  if (status === null) return "No answer";
  if (status < 400) return null;
  const known: Record<number, string> = {
    400: "Not accepted",
    401: "Token not accepted",
    403: "Scope missing",
    404: "Not there any more",
    409: "Changed meanwhile",
    410: "Conversation closed",
    429: "Held back by the rate limit",
  };
  return known[status] ?? (status >= 500 ? "Fault of the org" : "Refused");
}

const end = { align: "end" } as const;

const columns: ColumnDef<RequestView>[] = [
  column("at", "Time", "104px", ({ at }) => <span title={exact(at)}>{clockTime(at)}</span>, { dimmed: true }),
  column("method", "Method", "60px", ({ method }) => method),
  column("path", "Path", "minmax(180px, 1.4fr)", ({ path }) => <span title={path}>{path}</span>, { skeleton: 70 }),
  column(
    "status",
    "Status",
    "56px",
    (request) => (
      <Text span size="sm" fw={statusColor(request) ? 600 : 400} c={statusColor(request)}>
        {request.status ?? "none"}
      </Text>
    ),
    end,
  ),
  column("millis", "ms", "52px", ({ millis }) => count(millis), { ...end, dimmed: true }),
  column("attempt", "Try", "36px", ({ attempt }) => attempt, { ...end, dimmed: true }),
  column("correlation", "Correlation id", "128px", ({ correlationId }) =>
    correlationId ? (
      <CopyText text={correlationId} shown={shortId(correlationId)} label="Copy correlation id" />
    ) : (
      <Text span c="dimmed">
        —
      </Text>
    ),
  ),
  column("problem", "Problem", "minmax(120px, 1fr)", ({ status }) => <span>{problemWords(status)}</span>, {
    skeleton: 30,
  }),
];

/** The colour of a status: a warning where the request was held back, an error where it was refused or failed, else none. */
function statusColor({ status }: RequestView): string | undefined {
  if (status === 429) return "var(--ink-warm)";
  return status === null || status >= 400 ? "var(--ink-minus)" : undefined;
}
