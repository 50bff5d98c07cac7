/** What a session remembers of a cell that has ended: enough to show it again, run it again, save it, and read its rows. */
import type { DuckDBType } from '@duckdb/node-api';
import type { View } from '../output/view.ts';

/** The rows of a statement, as `_3` gives them. */
export interface KeptResult {
  /** The statement, to read it again. */
  readonly sql: string;
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
  readonly text: string;
  readonly exitCode: number;
  readonly ms: number;
  /** What it showed, with a bounded sample of the rows. */
  readonly views: readonly View[];
  /** Of its last statement with rows. */
  readonly result: KeptResult | null;
  /** A later sync or statement changed a table that it read. */
  readonly stale: boolean;
}
