import type { ColumnDef, ColumnMeta } from "@tanstack/react-table";
import type { ReactNode } from "react";

type More<Row> = Omit<ColumnMeta<Row, unknown>, "track">;

/** A column of a grid whose cells are made from their row. `track` is a track of CSS grid. */
export const column = <Row>(
  id: string,
  header: string,
  track: string,
  cell: (row: Row) => ReactNode,
  more: More<Row> = {},
): ColumnDef<Row> => ({ id, header, meta: { track, ...more }, cell: ({ row }) => cell(row.original) });
