import { Skeleton, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  type RowData,
  type Row as TableRow,
  useReactTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { useScrollPlace } from "../places";
import classes from "./virtual-grid.module.css";

declare module "@tanstack/react-table" {
  interface ColumnMeta<TData extends RowData, TValue> {
    /** A track of CSS grid, such as `minmax(140px, 2fr)`. */
    track: string;
    align?: "end";
    dimmed?: boolean;
    /** How wide its skeleton is, in percent. */
    skeleton?: number;
  }
}

export type GridHandle = { focus(): void };

type Props<Row> = {
  label: string;
  columns: ColumnDef<Row>[];
  /** All rows, also those not loaded. */
  count: number;
  /** `undefined` while it loads: a skeleton keeps its place. */
  rowAt: (index: number) => Row | undefined;
  rowKey: (row: Row) => string;
  selectedKey?: string | null;
  onOpen?: (row: Row) => void;
  sorting?: { id: string; descending: boolean };
  onSort?: (id: string) => void;
  /** The first and last row on the screen, so that their pages can be fetched. */
  onVisible?: (first: number, last: number) => void;
  /** Scrolls back to the top when it changes. */
  resetKey?: string;
  /** The name under which it is remembered how far it was scrolled. */
  place?: string;
  ref?: Ref<GridHandle>;
};

const ROW = 36;

/** A table of any length that draws only what is on the screen; arrows move, Enter opens. */
export function VirtualGrid<Row>(props: Props<Row>) {
  const { label, columns, count, rowAt, rowKey, selectedKey, onOpen, sorting, onSort, onVisible, resetKey } = props;
  const { box: viewport, onScroll } = useScrollPlace(props.place ?? null);
  const shown = useRef(resetKey);
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW,
    overscan: 8,
    paddingStart: ROW,
    scrollPaddingStart: ROW,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => onVisible?.(first, last), [onVisible, first, last]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list starts at its top
  useEffect(() => {
    // The same list as when the screen was left: it stays where it was scrolled to.
    if (shown.current === resetKey) return;
    shown.current = resetKey;
    setActive(0);
    viewport.current?.scrollTo?.({ top: 0 });
  }, [resetKey]);

  // A row that is not drawn yet gets the focus as soon as it is.
  useEffect(() => {
    if (wantsFocus.current) focusRow(active);
  });

  function focusRow(index: number) {
    const row = viewport.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    wantsFocus.current = !row;
    row?.focus({ preventScroll: true });
  }

  function move(to: number) {
    const target = Math.max(0, Math.min(count - 1, to));
    setActive(target);
    virtualizer.scrollToIndex(target);
    focusRow(target);
  }

  useImperativeHandle(props.ref, () => ({ focus: () => count > 0 && move(active) }));

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const page = Math.max(1, Math.floor((viewport.current?.clientHeight ?? 0) / ROW) - 2);
    const targets: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      move(target);
    } else if (event.key === "Enter" && (event.target as HTMLElement).role === "row") {
      const row = rowAt(active);
      if (row) onOpen?.(row);
    }
  }

  // The rows keep the callback of the first drawing, which calls the newest one.
  const newest = useRef(onOpen);
  useEffect(() => {
    newest.current = onOpen;
  });
  const open = useCallback((row: Row) => newest.current?.(row), []);

  const loaded = items.flatMap((item) => {
    const row = rowAt(item.index);
    return row === undefined ? [] : [{ index: item.index, row }];
  });
  const table = useReactTable({
    data: loaded.map((entry) => entry.row),
    columns,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true,
    manualPagination: true,
    // The rows change with every scroll. An automatic reset would set state with each of them, endlessly.
    autoResetAll: false,
  });
  const modelRows = new Map(table.getRowModel().rows.map((row, place) => [loaded[place]?.index, row]));
  const tracks = columns.map((column) => column.meta?.track ?? "1fr").join(" ");

  return (
    <div ref={viewport} className="scroll" style={{ contain: "strict" }} onScroll={onScroll}>
      {/* Not a <table>: only the rows on the screen exist. */}
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={count + 1}
        className={classes.grid}
        style={{ height: virtualizer.getTotalSize() }}
        // Takes the focus of a row that is scrolled away.
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className={classes.head}>
          <div
            role="row"
            aria-rowindex={1}
            className={classes.row}
            style={{ gridTemplateColumns: tracks }}
            tabIndex={-1}
          >
            {table.getFlatHeaders().map((header) => {
              const { meta, header: name, enableSorting } = header.column.columnDef;
              const sorted = sorting?.id === header.id;
              return (
                <div
                  key={header.id}
                  role="columnheader"
                  tabIndex={-1}
                  data-align={meta?.align}
                  className={classes.cell}
                  {...(sorted ? { "aria-sort": sorting.descending ? "descending" : "ascending" } : {})}
                >
                  {enableSorting !== false && onSort ? (
                    <UnstyledButton className={classes.sort} onClick={() => onSort(header.id)}>
                      {String(name)}
                      {sorted && (sorting.descending ? <IconArrowDown size={13} /> : <IconArrowUp size={13} />)}
                    </UnstyledButton>
                  ) : (
                    String(name ?? "")
                  )}
                </div>
              );
            })}
          </div>
        </div>
        <div role="rowgroup">
          {items.map((item) => {
            const model = modelRows.get(item.index);
            const key = model ? rowKey(model.original) : null;
            return (
              <GridRow
                key={item.index}
                index={item.index}
                start={item.start}
                model={model}
                columns={columns}
                tracks={tracks}
                active={item.index === active}
                selected={selectedKey === undefined ? undefined : key !== null && key === selectedKey}
                onActive={setActive}
                onOpen={onOpen && open}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

type RowProps<Row> = {
  index: number;
  /** Where it begins, in pixels. */
  start: number;
  model: TableRow<Row> | undefined;
  columns: ColumnDef<Row>[];
  tracks: string;
  active: boolean;
  selected: boolean | undefined;
  onActive: (index: number) => void;
  onOpen: ((row: Row) => void) | undefined;
};

/** The table makes a new model with every drawing, so the rows behind the models are compared. */
const sameRow = <Row,>(a: RowProps<Row>, b: RowProps<Row>) =>
  a.model?.original === b.model?.original &&
  a.index === b.index &&
  a.start === b.start &&
  a.columns === b.columns &&
  a.active === b.active &&
  a.selected === b.selected &&
  a.onOpen === b.onOpen;

const GridRow = memo(function GridRow<Row>(props: RowProps<Row>) {
  const { index, start, model, columns, tracks, active, selected, onActive, onOpen } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-busy={model ? undefined : true}
      data-index={index}
      data-opens={onOpen ? true : undefined}
      tabIndex={active ? 0 : -1}
      className={classes.row}
      style={{ gridTemplateColumns: tracks, transform: `translateY(${start}px)` }}
      onFocus={() => onActive(index)}
      // Rows can move on between press and release: what was under the pointer when it was pressed opens.
      onMouseDown={(event) => event.button === 0 && model && onOpen?.(model.original)}
      // A click without a press comes from a screen reader.
      onClick={(event) => event.detail === 0 && model && onOpen?.(model.original)}
      onKeyDown={undefined}
    >
      {columns.map(({ id, meta, cell }, place) => {
        const known = model?.getVisibleCells()[place];
        return (
          <div
            key={id ?? place}
            role="gridcell"
            tabIndex={-1}
            data-align={meta?.align}
            data-dimmed={meta?.dimmed}
            className={classes.cell}
          >
            {known ? flexRender(cell, known.getContext()) : <Skeleton h={10} w={`${meta?.skeleton ?? 60}%`} />}
          </div>
        );
      })}
    </div>
  );
}, sameRow) as <Row>(props: RowProps<Row>) => ReactNode;
