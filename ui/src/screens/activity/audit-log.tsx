import { Box, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { exact, moment } from "../../format";
import type { AuditLine, AuditPage } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { EmptyState } from "../../parts/empty-state";
import { shown } from "../../parts/shown";
import { Shown } from "../../parts/shown-text";
import { PAGE, usePages } from "../../parts/use-pages";
import { VirtualGrid } from "../../parts/virtual-grid";
import { keys } from "../../queries";
import { AuditCheckBar } from "./audit-check";

/** Who did what, newest first, and whether the log is whole. */
export function AuditLog() {
  const core = useCore();
  const { total, rowAt, onVisible, problem, retry } = usePages<AuditPage, AuditLine>({
    keyOf: keys.audit,
    fetch: (offset) => core.auditPage(offset, PAGE),
    rowsOf: (page) => page.lines,
    totalOf: (page) => page.total,
  });
  return (
    <>
      <Box mb="sm">
        <AuditCheckBar />
      </Box>
      <Answer
        problem={problem}
        onRetry={retry}
        known={total !== undefined}
        none={total === 0}
        empty={
          <EmptyState icon={IconHistory} title="Nothing was done yet">
            Plans, runs, holds, policies, edits and deletes by hand are written down here from now on.
          </EmptyState>
        }
      >
        <div className="screen-fill" style={{ marginInline: "calc(-1 * var(--mantine-spacing-lg) + 6px)", flex: 1 }}>
          <VirtualGrid
            label="Lines of the audit log"
            columns={columns}
            count={total ?? 14}
            rowAt={rowAt}
            rowKey={(line) => String(line.n)}
            onVisible={onVisible}
          />
        </div>
      </Answer>
    </>
  );
}

const columns: ColumnDef<AuditLine>[] = [
  { id: "n", header: "Line", meta: { track: "56px", align: "end", dimmed: true }, cell: ({ row }) => row.original.n },
  {
    id: "at",
    header: "Time",
    meta: { track: "110px", dimmed: true },
    cell: ({ row }) => <span title={exact(row.original.at)}>{moment(row.original.at)}</span>,
  },
  {
    id: "user",
    header: "Who",
    meta: { track: "minmax(64px, 0.5fr)" },
    cell: ({ row }) => (
      <span title={shown(`${row.original.user} with ${row.original.program}`)}>
        <Shown text={row.original.user} cut />
      </span>
    ),
  },
  {
    id: "text",
    header: "What",
    meta: { track: "minmax(220px, 3fr)", skeleton: 70 },
    cell: ({ row }) => (
      <span title={shown(row.original.text)} data-action={row.original.action}>
        <Shown text={row.original.text} />
      </span>
    ),
  },
  {
    id: "subject",
    header: "Guest",
    meta: { track: "116px", dimmed: true },
    cell: ({ row }) =>
      row.original.subject === null ? (
        "—"
      ) : (
        <Text span ff="monospace" size="xs" title="A keyed hash: the same for the same guest, and no id">
          {row.original.subject}
        </Text>
      ),
  },
];
