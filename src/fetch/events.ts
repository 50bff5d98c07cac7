/**
 * What a run says while it goes on. The live view, the plain printer and the JSON printer are three listeners of these
 * events; nobody else knows how a run is going. Counts are in tasks, rows are rows.
 */
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import type { Outcome, RunEnd } from '../source/outcome.ts';

export type WorkerState =
  | 'starting'
  | 'logging in'
  | 'idle'
  | 'fetching'
  | 'retrying'
  | 'backing off'
  | 'parked'
  | 'dead';

export interface WorkerView {
  /** Counted from 1; a replacement keeps the number of the worker it replaces. */
  readonly id: number;
  readonly pid: number | null;
  readonly state: WorkerState;
  /** What it works at: a code, or the name of a dataset. */
  readonly at: string | null;
  /** `page 2 of 3`, `try 3 in 1.2 s`. */
  readonly detail: string;
  /** Rows of the present task so far. */
  readonly rows: number;
  /** Clock time (ms) at which the state began. */
  readonly since: number;
  /** Tasks ended by this worker. */
  readonly tasks: number;
  readonly memoryMb: number | null;
}

/** planned = ok + empty + failed + left, always. */
export interface Counts {
  readonly planned: number;
  readonly ok: number;
  readonly empty: number;
  readonly failed: number;
  readonly left: number;
  /** Rows written that were not there before, or that changed. */
  readonly rows: number;
  readonly quarantined: number;
  /** Messages to the provider: logins, pages, logouts. */
  readonly requests: number;
  readonly logins: number;
}

/** Of the day and the provider's address, which other runs use too. */
export interface Quota {
  /** Messages of today in Shanghai, logins included. */
  readonly used: number;
  /** Messages a day; null: no limit. */
  readonly budget: number | null;
}

/** What became of one code in a run, for the narration of small runs. */
export interface CodeResult {
  readonly code: Code;
  /** Rows stored for the code in the asked range after the run. */
  readonly bars: number;
  readonly first: IsoDate | null;
  readonly last: IsoDate | null;
  readonly suspended: number;
  /** True when all of it was stored before and nothing was asked. */
  readonly covered: boolean;
  readonly outcome: Outcome | null;
}

export interface RunSummary extends Counts {
  readonly run: number;
  /** The command as typed, without secrets. */
  readonly what: string;
  readonly period: Period;
  /** Codes that needed no request since all asked for was stored. */
  readonly covered: number;
  /** Stored bars that differed from what the provider sent and are the provider's now; their old values are in `meta.revisions`. */
  readonly revised: number;
  /** From the first bar request to the last commit. */
  readonly seconds: number;
  readonly end: RunEnd;
  readonly codes: readonly CodeResult[];
  /** One sentence when the run did not end as planned. */
  readonly message: string | null;
}

export type RunEvent =
  | {
      readonly type: 'started';
      readonly run: number;
      readonly what: string;
      readonly period: Period;
      readonly workers: number;
      readonly at: number;
    }
  | { readonly type: 'planned'; readonly planned: number; readonly covered: number }
  | { readonly type: 'worker'; readonly worker: WorkerView }
  | {
      readonly type: 'task';
      readonly at: string;
      readonly outcome: Outcome;
      readonly attempts: number;
      readonly rows: number;
    }
  | { readonly type: 'counts'; readonly counts: Counts; readonly quota?: Quota }
  | { readonly type: 'notice'; readonly level: 'say' | 'warn'; readonly sentence: string }
  | { readonly type: 'ended'; readonly summary: RunSummary };
