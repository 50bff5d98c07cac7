/**
 * The rows of ended tasks, sorted by the table that they belong to and made ready for staging. A row's task and code are
 * replaced by the number of a key, kept beside the rows: a code is then written once and not once a row.
 */
import type { Batch, Column } from '../market/columns.ts';
import type { EndedTask } from './batch.ts';
import { integerColumn, type Piece, type StageColumn } from './stage.ts';
import { type MarketTable, marketTable } from './tables.ts';
import { endedWell } from './task-words.ts';

/** One code (or, in a table without codes, one task) of a group. Days since 1970; null where nothing came. */
export interface Key {
  readonly task: number;
  readonly code: string | null;
  rows: number;
  first: number | null;
  last: number | null;
}

/** Rows of one table that came with the same columns. */
export interface Group {
  readonly table: MarketTable;
  /** The columns that came, in the table's order; `code` and `source` are not among them. */
  readonly columns: readonly StageColumn[];
  readonly keys: Key[];
  readonly pieces: Piece[];
  /** True unless no two rows can have the same key. */
  mayRepeat: boolean;
  /** Its rows are in the temporary tables already, and nothing else was put there since. */
  staged: boolean;
}

/** Columns that the store adds to a batch before it is staged. */
export type Complete = (table: MarketTable, batch: Batch) => Batch;

/** The groups of all tasks that ended well, in the order of their tasks. */
export function groupsOf(ended: readonly EndedTask[], complete: Complete): Group[] {
  const groups = new Map<string, Group>();
  const newest = new Map<Group, Map<string, bigint | number>>();
  for (const { task, outcome, parts } of ended) {
    if (!endedWell(outcome)) continue;
    for (const part of parts) {
      if (part.batch.rows === 0) continue;
      const table = marketTable(part.table);
      const batch = complete(table, part.batch);
      const columns = table.columns
        .filter(({ name }) => name !== 'code' && name !== 'source' && batch.columns[name])
        .map(({ name, kind }) => ({ name, kind }));
      const id = `${table.name} ${columns.map(({ name }) => name).join(' ')}`;
      let group = groups.get(id);
      if (!group) {
        group = { table, columns, keys: [], pieces: [], mayRepeat: table.shape !== 'bars', staged: false };
        groups.set(id, group);
        newest.set(group, new Map());
      }
      const own = task.kind === 'bars' && table.shape === 'bars' ? task.code : null;
      const numbers = keyed(group, task.id, own, batch, newest.get(group) as Map<string, bigint | number>);
      group.pieces.push({ rows: batch.rows, columns: [numbers, ...columns.map(({ name }) => batch.columns[name])] });
    }
  }
  return [...groups.values()];
}

/**
 * The key numbers of a batch's rows; notes each key's span, and whether the stamps of a code ever fail to rise. Bars that
 * were asked of one code may come without a column of codes: all are its own then.
 */
function keyed(
  group: Group,
  task: number,
  own: string | null,
  batch: Batch,
  newest: Map<string, bigint | number>,
): Column {
  const code = batch.columns.code;
  const codes = code?.kind === 'text' ? code.values : null;
  const date = batch.columns.date;
  const days = date?.kind === 'date' ? date.values : null;
  const time = batch.columns.time;
  const stamps = group.table.shape !== 'bars' ? null : time?.kind === 'timestamp' ? time.values : days;
  const numbers = new Int32Array(batch.rows);
  const known = new Map<string | null, number>();
  let at: string | null | undefined;
  let number = -1;
  let key: Key | undefined;
  let top: bigint | number | undefined;
  const leave = () => {
    if (key && top !== undefined) newest.set(key.code ?? '', top);
  };
  for (let row = 0; row < batch.rows; row++) {
    const here = codes ? (codes[row] ?? null) : own;
    if (here !== at || !key) {
      leave();
      at = here;
      number = known.get(here) ?? -1;
      if (number < 0) {
        number = group.keys.push({ task, code: here, rows: 0, first: null, last: null }) - 1;
        known.set(here, number);
      }
      key = group.keys[number] as Key;
      top = newest.get(here ?? '');
    }
    numbers[row] = number;
    key.rows++;
    if (days) {
      const day = days[row] as number;
      if (key.first === null || day < key.first) key.first = day;
      if (key.last === null || day > key.last) key.last = day;
    }
    if (stamps) {
      const stamp = stamps[row] as bigint | number;
      if (top !== undefined && stamp <= top) group.mayRepeat = true;
      else top = stamp;
    }
  }
  leave();
  return { kind: 'integer', values: numbers, valid: null };
}

export const keyLayout: readonly StageColumn[] = [
  { name: 'k', kind: 'integer' },
  { name: 'task', kind: 'integer' },
  { name: 'code', kind: 'text' },
  { name: 'first', kind: 'date' },
  { name: 'last', kind: 'date' },
  { name: 'rows', kind: 'integer' },
];

export function keyPiece(keys: readonly Key[]): Piece {
  const day = (pick: (key: Key) => number | null): Column => {
    const { values, valid } = integerColumn(keys.map(pick)) as Extract<Column, { kind: 'integer' }>;
    return { kind: 'date', values, valid };
  };
  return {
    rows: keys.length,
    columns: [
      integerColumn(keys.map((_, index) => index)),
      integerColumn(keys.map(({ task }) => task)),
      { kind: 'text', values: keys.map(({ code }) => code) },
      day(({ first }) => first),
      day(({ last }) => last),
      integerColumn(keys.map(({ rows }) => rows)),
    ],
  };
}
