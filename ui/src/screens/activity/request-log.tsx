import { Checkbox, Group, Text, TextInput } from "@mantine/core";
import { IconActivity, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo, useState } from "react";
import { clockTime, count, countOf, exact, shortId } from "../../format";
import type { RequestView } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { CopyText } from "../../parts/copy-text";
import { EmptyState } from "../../parts/empty-state";
import { VirtualGrid } from "../../parts/virtual-grid";
import { keys } from "../../queries";

/** The requests, newest first. */
export function RequestLog() {
  const core = useCore();
  const { data, error, refetch } = useQuery({ queryKey: keys.activity, queryFn: () => core.activityList() });
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
        <Text size="xs" c="dimmed" ml="auto" role="status">
          {data
            ? `${countOf(rows.length, "request")}${rows.length < data.length ? ` of ${count(data.length)}` : ""}`
            : " "}
        </Text>
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

const columns: ColumnDef<RequestView>[] = [
  {
    id: "at",
    header: "Time",
    meta: { track: "104px", dimmed: true },
    cell: ({ row }) => <span title={exact(row.original.at)}>{clockTime(row.original.at)}</span>,
  },
  { id: "method", header: "Method", meta: { track: "60px" }, cell: ({ row }) => row.original.method },
  {
    id: "path",
    header: "Path",
    meta: { track: "minmax(180px, 1.4fr)", skeleton: 70 },
    cell: ({ row }) => <span title={row.original.path}>{row.original.path}</span>,
  },
  {
    id: "status",
    header: "Status",
    meta: { track: "56px", align: "end" },
    cell: ({ row: { original } }) => (
      <Text span size="sm" fw={statusColor(original) ? 600 : 400} c={statusColor(original)}>
        {original.status ?? "none"}
      </Text>
    ),
  },
  {
    id: "millis",
    header: "ms",
    meta: { track: "52px", align: "end", dimmed: true },
    cell: ({ row }) => count(row.original.millis),
  },
  {
    id: "attempt",
    header: "Try",
    meta: { track: "36px", align: "end", dimmed: true },
    cell: ({ row }) => row.original.attempt,
  },
  {
    id: "correlation",
    header: "Correlation id",
    meta: { track: "128px" },
    cell: ({ row: { original } }) =>
      original.correlationId ? (
        <CopyText text={original.correlationId} shown={shortId(original.correlationId)} label="Copy correlation id" />
      ) : (
        <Text span c="dimmed">
          —
        </Text>
      ),
  },
  {
    id: "problem",
    header: "Problem",
    meta: { track: "minmax(120px, 1fr)", skeleton: 30 },
    cell: ({ row }) => <span>{problemWords(row.original.status)}</span>,
  },
];

/** The colour of a status: a warning where the request was held back, an error where it was refused or failed, else none. */
function statusColor({ status }: RequestView): string | undefined {
  if (status === 429) return "var(--ink-warm)";
  return status === null || status >= 400 ? "var(--ink-minus)" : undefined;
}
