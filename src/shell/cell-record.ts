/** What a session remembers of a cell that has ended: enough to show it again, run it again, save it, and read its rows. */
import type { DuckDBType } from '@duckdb/node-api';
import type { View } from '../output/view.ts';
import type { Bound } from '../store/connection.ts';

/** The rows of a statement, as `_3` gives them. */
export interface KeptResult {
  /** The statement, to read it again. */
  readonly sql: string;
  /** What its `$names` were bound to. */
  readonly values: Readonly<Record<string, Bound>>;
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** Null: reading stopped before the end. */
  readonly rows: number | null;
  /** Qualified name of the table in the spill file that holds all rows; null where they were too many. */
  readonly table: string | null;
}

export interface CellRecord {
  readonly cell: number;
  /** Given by `name 3 momentum`. */
  readonly name: string | null;
  /** Of a cell of a file: the words after its marker. */
  readonly title: string | null;
  /** Of a cell of a file: attributes other than its name, as written. */
  readonly attributes: readonly string[];
  readonly text: string;
  /** `opened`: the text of a file, which was not run yet. */
  readonly state: 'ran' | 'opened';
  readonly exitCode: number;
  readonly ms: number;
  /** Clock time (ms) at which it began; null where it was not run. */
  readonly at: number | null;
  /** What it showed, with a bounded sample of the rows. */
  readonly views: readonly View[];
  /** Of its last statement with rows. */
  readonly result: KeptResult | null;
  /** Tables that its statements read, views and macros resolved: `daily`, `meta.runs`. */
  readonly reads: readonly string[];
  /** The newest run in the file when it had ended: the state of the stored data that it saw. Null where it read no table. */
  readonly run: number | null;
  /** A later sync or statement changed a table that it read. */
  readonly stale: boolean;
}

/** Rows of a result that a record keeps to show again. */
export const sampleRows = 200;

/** The view with no more rows than a record keeps. */
export function sampled(view: View): View {
  return view.kind === 'result' && view.rows.length > sampleRows
    ? { ...view, rows: view.rows.slice(0, sampleRows) }
    : view;
}
