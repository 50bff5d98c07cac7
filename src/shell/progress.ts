/**
 * A run's events folded into what a progress block or a plain printer shows. Pure: the same events give the same progress.
 */
import type { Counts, RunEvent, RunSummary, WorkerView } from '../fetch/events.ts';
import type { Period } from '../market/period.ts';

export interface Progress {
  readonly run: number | null;
  readonly what: string;
  readonly period: Period;
  /** Clock time (ms) of the start. */
  readonly startedAt: number | null;
  readonly counts: Counts;
  readonly covered: number;
  /** By worker number. */
  readonly workers: readonly WorkerView[];
  /** `sz.000651 retry-network`: at most the last three, newest first. */
  readonly failures: readonly { readonly at: string; readonly class: string }[];
  readonly notice: { readonly level: 'say' | 'warn'; readonly sentence: string } | null;
  readonly summary: RunSummary | null;
}

export type ProgressReducer = (progress: Progress, event: RunEvent, now: number) => Progress;
