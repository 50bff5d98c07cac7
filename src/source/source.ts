/**
 * What a provider must offer. A source runs inside a worker process and knows neither database nor screen: it logs in once,
 * runs one task at a time, and returns typed batches or a failure. It asks for a permit before every message it sends.
 */
import type { Code } from '../market/code.ts';
import type { Batch, Rejected } from '../market/columns.ts';
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import type { Failure } from './outcome.ts';

export type SourceName = 'baostock' | 'tushare';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface SourceOptions {
  readonly source: SourceName;
  readonly endpoint: Endpoint;
  /** Secrets reach the worker in its start message, never by arguments or log. */
  readonly apiKey?: string;
  readonly user?: string;
  readonly password?: string;
  /** Version the client says it is; default the newest known. */
  readonly clientVersion?: string;
  /** Messages a day that its user allows; the policy keeps to it. Default: as the endpoint's rule says. */
  readonly budget?: number;
  /** Rows a page; default that of the client version. */
  readonly pageSize?: number;
  readonly connectTimeoutMs: number;
  /** From the request sent to the first byte of the answer. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of one answer. */
  readonly silenceTimeoutMs: number;
}

/** One code's bars over an inclusive range of dates, with its factors when `factors` is set. */
export interface BarsTask {
  readonly kind: 'bars';
  readonly id: number;
  readonly code: Code;
  readonly period: Period;
  readonly from: IsoDate;
  readonly to: IsoDate;
  /** Also ask for the whole factor history of the code (one request). */
  readonly factors: boolean;
}

/** Anything else a provider offers: a dataset of ours with its parameters (`{year: '2024', quarter: '1'}`). */
export interface DatasetTask {
  readonly kind: 'dataset';
  readonly id: number;
  readonly dataset: string;
  readonly params: Readonly<Record<string, string>>;
  /** It goes along with bars that the run is about: its rows are not counted as the run's. */
  readonly beside?: true;
}

/**
 * The dataset of a code's daily bars as the provider adjusts them, for comparison with ours: such rows go to who asked for them and
 * into no table. Parameters: `code`, `adjust` (qfq, hfq), `from`, `to`.
 */
export const comparedDataset = 'adjusted';

export type Task = BarsTask | DatasetTask;

/** Rows for one table of ours. */
export interface Part {
  readonly table: string;
  readonly batch: Batch;
  readonly rejected: readonly Rejected[];
}

/** All pages came, every check of the task passed. An empty `parts` or zero rows is a finding for the caller to classify. */
export interface Answer {
  readonly ok: true;
  readonly parts: readonly Part[];
  /** Messages sent for this task, pages included. */
  readonly requests: number;
  readonly bytes: number;
}

export interface Refusal {
  readonly ok: false;
  readonly failure: Failure;
  readonly requests: number;
  readonly bytes: number;
}

export interface TaskProgress {
  /** Page being asked for, counted from 1. */
  readonly page: number;
  /** Rows received so far in this task. */
  readonly rows: number;
}

/** Resolves when one message may be sent; rejects when none may be (quota, ban, cancel). */
export type Permit = (message: 'login' | 'request' | 'logout', method: string) => Promise<void>;

export interface LoginSession {
  /** Runs one task to its end. Never throws for what a provider or network can do: that is a Refusal. */
  run(task: Task, onProgress: (progress: TaskProgress) => void, signal: AbortSignal): Promise<Answer | Refusal>;
  /** False once the connection is lost or out of step: the owner opens another. */
  readonly alive: boolean;
  /** Logs out if it still can and closes the socket; never throws. */
  close(): Promise<void>;
}

/** Connects and logs in; a refused or failed login is a Failure. */
export type OpenSession = (
  options: SourceOptions,
  permit: Permit,
  signal: AbortSignal,
) => Promise<LoginSession | { readonly failure: Failure }>;
