/**
 * The rows of a result for somebody who walks through them: some rows from any place, how many there are, where a text stands, sorted by
 * any column. Every answer is read from the engine; nothing is kept here but how to ask. Rows count from 0.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { Problem } from '../market/problem.ts';
import type { ResultView } from '../output/view.ts';
import type { Bindings } from '../store/connection.ts';
import type { RowCopy } from './cell-book.ts';
import type { KeptResult } from './cell-record.ts';
import { type Read, type Reading, readingOf } from './result-reading.ts';
import { unkept } from './unkept.ts';

export interface Sorting {
  /** Place of the column, from 0. */
  readonly column: number;
  readonly descending: boolean;
}

/** Copies what a query gives; null where it cannot. */
export type CopyRows = (sql: string, values: Bindings | undefined, signal: AbortSignal) => Promise<RowCopy | null>;

export interface PageRows {
  readonly from: number;
  readonly rows: readonly (readonly DuckDBValue[])[];
}

const rowNumber = '"duckline row"';
const needle = 'duckline_text';

export class ResultPages {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** The rows that were shown, to begin with. */
  readonly sample: PageRows;
  private readonly result: KeptResult;
  private readonly read: Read;
  private reading: Promise<Reading | null> | null = null;
  private columns: Promise<readonly string[]> | null = null;
  private copied: RowCopy | null = null;
  private readonly ended = new AbortController();

  constructor(result: KeptResult, shown: ResultView | null, read: Read) {
    this.result = result;
    this.names = result.names;
    this.types = result.types;
    this.sample = { from: 0, rows: shown?.rows ?? [] };
    this.read = read;
  }

  /** Rows in all where that is known without asking. */
  get known(): number | null {
    return this.result.rows;
  }

  /** `columns`: the statement gave its rows in no order, so they come sorted. Null: only the sample is there. */
  async order(): Promise<Reading['order'] | null> {
    return (await this.how())?.order ?? null;
  }

  /**
   * At most `count` rows; fewer at the end. Of so many rows in all, where that is known: the engine finds the first rows of an order soon,
   * however many there are, and the last ones only by sorting everything, so those are asked for as the first of the contrary order.
   */
  async rows(
    from: number,
    count: number,
    sorting: Sorting | null,
    signal: AbortSignal,
    total: number | null = null,
  ): Promise<PageRows> {
    const reading = await this.how();
    if (!reading) return this.sample;
    const backwards = sorting !== null && total !== null && from > total / 2;
    const most = backwards ? Math.min(count, total - from) : count;
    const offset = backwards ? total - from - most : from;
    const order = this.sorted(reading, sorting, backwards);
    const { rows } = await this.ask(
      `from (\n${order}\n) limit ${whole(most)} offset ${whole(offset)}`,
      reading,
      signal,
    );
    return { from, rows: backwards ? rows.toReversed() : rows };
  }

  async count(signal: AbortSignal): Promise<number> {
    const reading = await this.how();
    if (!reading) return this.sample.rows.length;
    const { rows } = await this.ask(`select count(*) from (\n${reading.unordered}\n)`, reading, signal);
    return Number(rows[0]?.[0] ?? 0);
  }

  /** The next row after (or before) `from` in which the text stands, whatever the case; null: none. */
  async find(
    text: string,
    from: number,
    direction: 'down' | 'up',
    sorting: Sorting | null,
    signal: AbortSignal,
  ): Promise<number | null> {
    const reading = await this.how();
    if (!reading) throw new Problem('refused', 'this result cannot be read again, so it cannot be searched.');
    const columns = await this.columnNames(reading, signal);
    const parts = columns.map(name => `${quoted(name)}::varchar`).join(', ');
    const down = direction === 'down';
    const range = down ? `offset ${whole(from + 1)}` : `limit ${whole(Math.max(0, from))}`;
    const sql = `select ${down ? `${rowNumber} as at` : `max(${rowNumber}) as at`}
      from (select *, row_number() over () - 1 as ${rowNumber} from (from (\n${this.sorted(reading, sorting)}\n) ${range}))
      where contains(lower(concat_ws(chr(10), ${parts})), $${needle}) ${down ? 'limit 1' : ''}`;
    const values = { ...(reading.values as Record<string, never> | undefined), [needle]: text.toLowerCase() };
    const { rows } = await this.read(sql, values, this.until(signal));
    const at = rows[0]?.[0];
    if (at === null || at === undefined) return null;
    return Number(at) + (down ? from + 1 : 0);
  }

  /**
   * From now on the rows are read from a copy of how they are at this moment, in the order that they have. False: there is nothing to hold, or
   * no way.
   */
  async hold(copy: CopyRows, signal: AbortSignal): Promise<boolean> {
    const reading = await this.how();
    if (!reading || this.result.table !== null || this.copied || this.types.some(type => unkept(type) !== null))
      return false;
    const copied = await copy(reading.sql, reading.values, this.until(signal));
    if (!copied) return false;
    this.copied = copied;
    const sql = `from ${copied.table}`;
    this.reading = Promise.resolve({ sql, unordered: sql, values: undefined, order: reading.order });
    return true;
  }

  /** Stops whatever is being read. */
  async close(): Promise<void> {
    this.ended.abort();
    await this.copied?.drop();
  }

  private sorted(reading: Reading, sorting: Sorting | null, backwards = false): string {
    if (!sorting) return reading.sql;
    const falling = sorting.descending !== backwards;
    const by = `${whole(sorting.column) + 1} ${falling ? 'desc' : 'asc'} nulls ${backwards ? 'first' : 'last'}`;
    const ties = backwards ? ' desc nulls first' : ' asc nulls last';
    if (reading.order === 'columns') {
      const others = this.names.map((_, index) => `${index + 1}${ties}`).join(', ');
      return `select * from (\n${reading.unordered}\n) order by ${by}, ${others}`;
    }
    return `select * exclude (${rowNumber}) from
      (select *, row_number() over () as ${rowNumber} from (\n${reading.sql}\n)) order by ${by}, ${rowNumber}${ties}`;
  }

  private how(): Promise<Reading | null> {
    if (!this.reading) {
      this.reading = readingOf(this.result, this.read, this.ended.signal);
      this.reading.catch(() => {
        this.reading = null;
      });
    }
    return this.reading;
  }

  /** As the engine calls them in a subquery: of one name twice the second is another. */
  private columnNames(reading: Reading, signal: AbortSignal): Promise<readonly string[]> {
    this.columns ??= this.ask(`from (\n${reading.sql}\n) limit 0`, reading, signal).then(({ names }) => names);
    this.columns.catch(() => {
      this.columns = null;
    });
    return this.columns;
  }

  private ask(sql: string, { values }: { readonly values: Bindings | undefined }, signal: AbortSignal) {
    return this.read(sql, values, this.until(signal));
  }

  private until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.ended.signal]);
  }
}

function whole(value: number): number {
  return Math.max(0, Math.floor(value));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
