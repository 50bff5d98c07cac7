/**
 * A result as an aligned table: names, types dim under them, numbers right, words left, two blanks between columns, two cells
 * in. Never wider than the screen allows: long texts are cut with an ellipsis, and where that is not enough the last
 * columns are left out and counted in the foot. A number is never cut as long as its column can be left out instead.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { count, counted, took } from './amounts.ts';
import { cellWidth, cutCells } from './cells.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Role, Screen, Span } from './line.ts';
import { sparkTexts } from './list-cells.ts';
import { type Cell, columnCells } from './result-cells.ts';
import { shown, shownRows } from './shown.ts';
import { cutLine, indent, joined, lineWidth, roomOf, span, wrapLine } from './spans.ts';
import { isNumeric, typeText } from './value.ts';
import type { ResultView } from './view.ts';

const gap = 2;
const comfortable = 60;
const narrow = 16;
const typeCells = 14;

export interface TableOptions {
  /** Said at the end of the foot of a cut result: `F3 opens it whole`. */
  readonly opens?: string;
  /** Rows to show at most; default what fits well in the window. */
  readonly maxRows?: number;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly right: boolean;
  readonly cells: readonly Cell[];
  /** Cells that all of it needs. */
  readonly natural: number;
  width: number;
}

/** Rows of a result that a window shows without scrolling its own beginning away. */
export function rowsThatFit(screen: Screen): number {
  return Number.isFinite(screen.rows) ? Math.min(200, Math.max(5, screen.rows - 8)) : Number.POSITIVE_INFINITY;
}

export function resultLines(view: ResultView, screen: Screen, options: TableOptions = {}): Line[] {
  const plan = planLines(view.names, view.rows, screen);
  if (plan) return [...plan, [indent, span(took(view.ms), 'dim')]];
  if (view.names.length === 0) return footLines(view, view.total, 0, screen, options);
  const limit = Math.min(options.maxRows ?? rowsThatFit(screen), view.rows.length);
  const rows = view.rows.slice(0, limit);
  const columns = giveWidths(columnsOf(view.names, view.types, rows, screen), screen);
  return [
    ...headLines(columns, screen),
    ...rows.map((_, index) => rowLine(columns, index, screen)),
    ...footLines(view, rows.length, columns.length, screen, options),
    ...view.hints.flatMap(hint =>
      wrapLine([indent, span('hint  ', 'warn'), span(shown(hint), 'dim')], roomOf(screen), 8),
    ),
  ];
}

/** A query plan is text of many rows, not a table; null for anything else. */
export function planLines(
  names: readonly string[],
  rows: readonly (readonly DuckDBValue[])[],
  screen: Screen,
): Line[] | null {
  if (names.length !== 2 || names[0] !== 'explain_key' || names[1] !== 'explain_value') return null;
  const { ellipsis } = glyphsOf(screen);
  return rows.flatMap(row =>
    shownRows(String(row[1] ?? '').trimEnd()).map(text => cutLine([indent, span(text)], roomOf(screen), ellipsis)),
  );
}

/** A table of rows in hand without foot, for other views and for output that is cut nowhere. */
export function tableLines(
  names: readonly string[],
  types: readonly DuckDBType[],
  rows: readonly (readonly DuckDBValue[])[],
  screen: Screen,
): Line[] {
  const columns = giveWidths(columnsOf(names, types, rows, screen), screen);
  return [...headLines(columns, screen), ...rows.map((_, index) => rowLine(columns, index, screen))];
}

function columnsOf(
  names: readonly string[],
  types: readonly DuckDBType[],
  rows: readonly (readonly DuckDBValue[])[],
  screen: Screen,
): Column[] {
  const clip = Number.isFinite(screen.columns) ? screen.columns : Number.POSITIVE_INFINITY;
  return names.map((rawName, index) => {
    const type = types[index] as DuckDBType;
    const name = shown(rawName);
    const values = rows.map(row => row[index] ?? null);
    const sparks = sparkTexts(values, type, screen);
    const cells = sparks
      ? sparks.map((text): Cell => (text === null ? { text: 'NULL', role: 'dim' } : { text }))
      : columnCells(values, type, rawName, clip);
    const typeName = shown(typeText(type));
    const widest = cells.reduce((most, { text }) => Math.max(most, cellWidth(text)), cellWidth(name));
    const natural = Math.max(widest, Math.min(cellWidth(typeName), typeCells), 1);
    return { name, type: typeName, right: isNumeric(type), cells, natural, width: natural };
  });
}

/** Gives every column its width and leaves out the last ones that have no room. */
function giveWidths(columns: Column[], screen: Screen): Column[] {
  const room = roomOf(screen) - cellWidth(indent.text);
  if (!Number.isFinite(room)) return columns;
  const total = (some: readonly Column[]): number =>
    some.reduce((sum, { width }) => sum + width, 0) + gap * Math.max(0, some.length - 1);
  if (total(columns) <= room) return columns;
  for (const column of columns) if (!column.right) column.width = Math.min(column.natural, comfortable);
  while (total(columns) > room) {
    const widest = columns.reduce<Column | null>(
      (most, column) => (!column.right && column.width > narrow && column.width > (most?.width ?? 0) ? column : most),
      null,
    );
    if (!widest) break;
    widest.width = Math.max(narrow, widest.width - Math.max(1, Math.min(8, total(columns) - room)));
  }
  let kept = columns;
  while (kept.length > 1 && total(kept) > room) kept = kept.slice(0, -1);
  const [first] = kept;
  if (first && kept.length === 1) first.width = Math.min(first.width, room);
  for (const column of kept) {
    if (column.right) continue;
    column.width += Math.max(0, Math.min(column.natural - column.width, room - total(kept)));
  }
  return kept;
}

function headLines(columns: readonly Column[], screen: Screen): Line[] {
  const { ellipsis, rule } = glyphsOf(screen);
  const row = (text: (column: Column) => string, role: Role): Line =>
    rowOf(
      columns.map(column => ({ text: text(column), role })),
      columns,
      ellipsis,
    );
  const lines = [row(({ name }) => name, 'bold'), row(({ type }) => type, 'dim')];
  if (screen.colour === false) lines.push(row(({ width }) => rule.repeat(width), 'dim'));
  return lines;
}

function rowLine(columns: readonly Column[], index: number, screen: Screen): Line {
  return rowOf(
    columns.map(({ cells }) => cells[index] as Cell),
    columns,
    glyphsOf(screen).ellipsis,
  );
}

/** One row: blanks at its end are left out. */
function rowOf(cells: readonly Cell[], columns: readonly Column[], ellipsis: string): Line {
  const line: Span[] = [indent];
  let blanks = 0;
  for (const [index, { width, right }] of columns.entries()) {
    const { text, role } = cells[index] as Cell;
    const drawn = cutCells(text, width, ellipsis);
    const pad = width - cellWidth(drawn);
    if (index > 0) blanks += gap;
    if (right) blanks += pad;
    if (drawn !== '') {
      if (blanks > 0) line.push(span(' '.repeat(blanks)));
      line.push(span(drawn, role));
      blanks = 0;
    }
    if (!right) blanks += pad;
  }
  return line;
}

/** How much of it is shown, and how to see the rest: in a narrow window of more than one row. */
function footLines(view: ResultView, rows: number, columns: number, screen: Screen, options: TableOptions): Line[] {
  const { dot } = glyphsOf(screen);
  const cutRows = rows < view.total || !view.complete;
  const cutColumns = columns < view.names.length;
  const total = view.complete ? counted(view.total, 'row') : `more than ${counted(view.total, 'row')}`;
  const parts: Line[] = [[span(cutRows ? `${count(rows)} of ${total}` : total, 'dim')]];
  if (cutColumns) parts.push([span(`${columns} of ${counted(view.names.length, 'column')}`, 'dim')]);
  const time: Line = [span(took(view.ms), 'dim')];
  const opens = (cutRows || cutColumns) && options.opens ? options.opens : null;
  // How to see the rest is worth more than how long it took, and the key alone more than nothing.
  const which: Line[] = view.statement === undefined ? [] : [[span(view.statement, 'dim')]];
  const [key = ''] = opens?.split(' ') ?? [];
  const ways =
    opens === null
      ? [
          [...parts, time, ...which],
          [...parts, time],
        ]
      : [
          [...parts, time, [span(opens, 'dim')], ...which],
          [...parts, time, [span(opens, 'dim')]],
          [...parts, [span(opens, 'dim')]],
          [...parts, [span(key, 'dim')]],
        ];
  const lines = ways.map((way): Line => [indent, ...joined(way, dot)]);
  const fits = lines.find(line => lineWidth(line) <= roomOf(screen)) ?? (lines.at(-1) as Line);
  return wrapLine(fits, roomOf(screen), 2);
}
