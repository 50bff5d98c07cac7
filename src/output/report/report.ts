/** A notebook that was run, to be written as one file for a reader. */
import type { View } from '../view.ts';

export interface ReportCell {
  readonly kind: 'sql' | 'markdown' | 'duckline';
  readonly title: string | null;
  readonly name: string | null;
  /** As it stands in the file; prose without its comment signs. */
  readonly text: string;
  /** What it showed, in order. */
  readonly views: readonly View[];
  readonly failed: boolean;
}

export interface Report {
  readonly title: string;
  readonly params: readonly (readonly [name: string, value: string])[];
  /** What it was made from and when: `notes.sql · market.duckdb · 2026-11-21 08:30`. */
  readonly made: string;
  readonly cells: readonly ReportCell[];
  /** Rows of a result that are written. */
  readonly rows: number;
}
