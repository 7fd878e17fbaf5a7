import { Box, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import type { ColumnDef } from "@tanstack/react-table";
import { exact, moment } from "../../format";
import type { AuditLine, AuditPage } from "../../ipc/bindings";
import { useCore } from "../../ipc/context";
import { Answer } from "../../parts/answer";
import { column } from "../../parts/column";
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
  column("n", "Line", "56px", ({ n }) => n, { align: "end", dimmed: true }),
  column("at", "Time", "110px", ({ at }) => <span title={exact(at)}>{moment(at)}</span>, { dimmed: true }),
  column("user", "Who", "minmax(64px, 0.5fr)", ({ user, program }) => (
    <span title={shown(`${user} with ${program}`)}>
      <Shown text={user} cut />
    </span>
  )),
  column(
    "text",
    "What",
    "minmax(220px, 3fr)",
    ({ text, action }) => (
      <span title={shown(text)} data-action={action}>
        <Shown text={text} />
      </span>
    ),
    { skeleton: 70 },
  ),
  column(
    "subject",
    "Guest",
    "116px",
    ({ subject }) =>
      subject === null ? (
        "—"
      ) : (
        <Text span ff="monospace" size="xs" title="A keyed hash: the same for the same guest, and no id">
          {subject}
        </Text>
      ),
    { dimmed: true },
  ),
];
