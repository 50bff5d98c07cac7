/**
 * Full-screen views, as a command asks for them. A command says what to open; only the live shell can, so everywhere else
 * its ordinary view is shown. What a view of each kind looks like is the screen's business.
 */
import type { Code } from '../market/code.ts';
import type { ResultView } from '../output/view.ts';
import type { LedgerFailure } from '../store/ledger.ts';
import type { CellRecord, KeptResult } from './cell-record.ts';
import type { Adjust, ChartPeriod } from './chart-words.ts';

export type Opening =
  /** The ledger, to pick from. */
  | { readonly kind: 'failures'; readonly failures: readonly LedgerFailure[] }
  /** The rows of a cell that has ended, read again from the engine page by page. */
  | {
      readonly kind: 'result';
      /** Null: the rows of a table. */
      readonly cell: number | null;
      /** In the place of the statement. */
      readonly title?: string;
      readonly result: KeptResult;
      readonly shown: ResultView | null;
    }
  /** Both pools, live. */
  | { readonly kind: 'pool' }
  /** What runs in the background, live. */
  | { readonly kind: 'jobs' }
  /** The schema browser; the table to begin with. */
  | { readonly kind: 'tables'; readonly table: string | null }
  /** Candles; `list` is what PgUp and PgDn walk through. */
  | {
      readonly kind: 'chart';
      readonly code: Code;
      readonly list: readonly Code[];
      readonly adjust: Adjust;
      readonly period: ChartPeriod;
    };

/** Opens what a cell left; null where it left no rows. */
export function resultOpening({ cell, result, views }: CellRecord): Opening | null {
  if (!result) return null;
  const shown = views.findLast(view => view.kind === 'result') ?? null;
  return { kind: 'result', cell, result, shown };
}
