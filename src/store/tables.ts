/**
 * The tables that hold market data, declared once: the schema, the writer and the documentation read this. A column's kind
 * is that of the batches that fill it; its comment names the unit. Prices are yuan as traded, never adjusted. A column that comes
 * later goes last: in files that were made before it, it can only be added there.
 */
import type { ColumnKind } from '../market/columns.ts';
import { Problem } from '../market/problem.ts';
import { minuteColumns } from '../source/baostock/datasets/market.ts';
import { type ColumnDeclaration, type DatasetDeclaration, datasets } from '../source/baostock/datasets.ts';

export interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly comment: string;
  /** Filled by the store itself and never part of a batch. */
  readonly own?: boolean;
}

export interface MarketTable {
  /** The analyst's name, and what `Part.table` says. */
  readonly name: string;
  /** Where the rows are: `schema.table`. */
  readonly base: string;
  readonly comment: string;
  /** Columns that together name a row. */
  readonly key: readonly string[];
  readonly columns: readonly TableColumn[];
  /**
   * `bars`: by code and session, with coverage. `keyed`: merged by its key. `snapshots`: members of a set as ranges
   * `valid_from` … `valid_to`, kept up by snapshots of one day each.
   */
  readonly shape: 'bars' | 'keyed' | 'snapshots';
}

const sqlTypes: Readonly<Record<ColumnKind, string>> = {
  text: 'VARCHAR',
  double: 'DOUBLE',
  bigint: 'BIGINT',
  integer: 'INTEGER',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  flag: 'BOOLEAN',
};

export function sqlType(kind: ColumnKind): string {
  return sqlTypes[kind];
}

const code: TableColumn = { name: 'code', kind: 'text', comment: 'security as exchange.digits: sh.600519' };
const date: TableColumn = { name: 'date', kind: 'date', comment: 'session, date in Shanghai' };
const source: TableColumn = { name: 'source', kind: 'text', comment: 'provider of the row', own: true };

const prices: readonly TableColumn[] = [
  { name: 'open', kind: 'double', comment: 'yuan as traded; an index: points' },
  { name: 'high', kind: 'double', comment: 'yuan as traded; an index: points' },
  { name: 'low', kind: 'double', comment: 'yuan as traded; an index: points' },
  { name: 'close', kind: 'double', comment: 'yuan as traded; an index: points' },
];

const traded: readonly TableColumn[] = [
  { name: 'volume', kind: 'bigint', comment: 'shares traded' },
  { name: 'amount', kind: 'double', comment: 'yuan traded' },
];

export const daily: MarketTable = {
  name: 'daily',
  base: 'main.daily',
  comment: 'daily bars as traded, one row a code and session; adjusted: daily_qfq, daily_hfq',
  shape: 'bars',
  key: ['code', 'date'],
  columns: [
    code,
    date,
    ...prices,
    { name: 'pre_close', kind: 'double', comment: "yuan, the exchange's reference: close before, less what went ex" },
    ...traded,
    { name: 'turn', kind: 'double', comment: 'percent of tradable shares; NULL when suspended' },
    { name: 'pct_chg', kind: 'double', comment: 'percent, close against pre_close' },
    { name: 'is_suspended', kind: 'flag', comment: 'true: no trading that session, prices repeat the close before' },
    { name: 'is_st', kind: 'flag', comment: 'true: under special treatment (ST, *ST) that session' },
    { name: 'pe_ttm', kind: 'double', comment: 'price to earnings of the last four quarters' },
    { name: 'pb_mrq', kind: 'double', comment: 'price to book of the latest quarter' },
    { name: 'ps_ttm', kind: 'double', comment: 'price to sales of the last four quarters' },
    { name: 'pcf_ncf_ttm', kind: 'double', comment: 'price to net cash flow of the last four quarters' },
    source,
  ],
};

function minutes(length: 5 | 15 | 30 | 60): MarketTable {
  return {
    name: `min${length}`,
    base: length === 5 ? 'main.min5' : `meta.min${length}_fetched`,
    comment: `${length}-minute bars as traded${length === 5 ? '' : `, as fetched; the view min${length} completes them`}`,
    shape: 'bars',
    key: ['code', 'date', 'time'],
    columns: [
      code,
      date,
      { name: 'time', kind: 'timestamp', comment: 'end of the bar, wall clock in Shanghai' },
      ...prices,
      ...traded,
      source,
    ],
  };
}

export const factors: MarketTable = {
  name: 'adj_factors',
  base: 'main.adj_factors',
  comment: 'backward adjustment factors, one row a code and ex-date; 1 before the first',
  shape: 'keyed',
  key: ['code', 'ex_date'],
  columns: [
    code,
    { name: 'ex_date', kind: 'date', comment: 'first session that trades without the dividend or right' },
    {
      name: 'hfq_factor',
      kind: 'double',
      comment: 'backward factor from this session on: hfq price = price * hfq_factor',
    },
    source,
    {
      name: 'status',
      kind: 'text',
      comment: "settled: the provider's; provisional: derived from pre_close, not yet confirmed",
    },
  ],
};

export const instruments: MarketTable = {
  name: 'instruments',
  base: 'main.instruments',
  comment: "securities of the provider's catalogue: stocks, indices, funds, bonds; also the delisted",
  shape: 'keyed',
  key: ['code'],
  columns: [
    code,
    { name: 'name', kind: 'text', comment: 'short name as the exchange writes it, without blanks' },
    { name: 'pinyin', kind: 'text', comment: 'initials of the name: gzmt', own: true },
    { name: 'kind', kind: 'text', comment: 'stock, index, etf, bond or other' },
    { name: 'board', kind: 'text', comment: 'main, star, chinext, bse …' },
    { name: 'industry', kind: 'text', comment: 'of the provider’s industry list' },
    { name: 'list_date', kind: 'date', comment: 'first session' },
    { name: 'delist_date', kind: 'date', comment: 'day it left the exchange; NULL while listed' },
  ],
};

export const calendar: MarketTable = {
  name: 'calendar',
  base: 'main.calendar',
  comment: 'every calendar day that the provider named, open or not',
  shape: 'keyed',
  key: ['date'],
  columns: [
    { name: 'date', kind: 'date', comment: 'calendar day in Shanghai' },
    { name: 'is_open', kind: 'flag', comment: 'true: a session' },
    {
      name: 'seq',
      kind: 'integer',
      comment: 'sessions counted from the first one stored; NULL on a closed day',
      own: true,
    },
    { name: 'prev_date', kind: 'date', comment: 'session before this day, NULL where it is not known', own: true },
    { name: 'next_date', kind: 'date', comment: 'session after this day, NULL where it is not known', own: true },
  ],
};

/** Tables of bars by the name of their period's table: `daily`, `min5` … */
export const barTables: readonly MarketTable[] = [daily, minutes(5), minutes(15), minutes(30), minutes(60)];

const coreTables: readonly MarketTable[] = [...barTables, factors, instruments, calendar];

/** The provider's own field behind a column, at the end of its comment. */
function from(declared: readonly ColumnDeclaration[], name: string): string {
  const theirs = declared.find(({ ours }) => ours === name)?.theirs;
  return theirs ? ` [baostock ${theirs}]` : '';
}

function withFields(table: MarketTable): MarketTable {
  const declared = datasets.find(dataset => dataset.table === table.name)?.columns ?? minuteColumns;
  const columns = table.columns.map(column => ({ ...column, comment: column.comment + from(declared, column.name) }));
  return { ...table, columns };
}

/** The table of a dataset, from its declaration. Datasets that fill a table above have none of their own. */
function datasetTable({ table, summary, key, columns, ranged }: DatasetDeclaration): MarketTable {
  const declared = columns.map(({ ours, kind, unit, comment }) => ({
    name: ours,
    kind,
    comment: (unit === null || comment.startsWith(unit) ? comment : `${unit}: ${comment}`) + from(columns, ours),
  }));
  return {
    name: table,
    base: `main.${table}`,
    comment: summary,
    shape: ranged ? 'snapshots' : 'keyed',
    key,
    columns: [
      ...declared,
      ...(ranged
        ? [{ name: 'valid_to', kind: 'date', comment: 'last day for which it is known to hold' } as const]
        : []),
      source,
    ],
  };
}

export const marketTables: readonly MarketTable[] = [
  ...coreTables.map(withFields),
  ...datasets.filter(({ table }) => !coreTables.some(({ name }) => name === table)).map(datasetTable),
];

const byName = new Map(marketTables.map(table => [table.name, table]));

/** The declared table behind the name that parts, coverage and ledger use. */
export function marketTable(name: string): MarketTable {
  const table = byName.get(name);
  if (!table) throw new Problem('failed', `there is no table for rows of '${name}'`);
  return table;
}
