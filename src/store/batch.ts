/** What the fetch side hands to the writer: tasks that ended, with their rows. One CommitRequest is one transaction. */
import type { Outcome, RunEnd } from '../source/outcome.ts';
import type { Part, Task } from '../source/source.ts';

/** One try of a task, for `meta.attempts`. */
export interface Attempt {
  readonly number: number;
  /** Clock time in ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly worker: number;
  readonly requests: number;
  readonly outcome: Outcome;
}

export interface EndedTask {
  readonly task: Task;
  /** The classified outcome; rows are stored for `ok` and `ok-empty` (empty parts) only. */
  readonly outcome: Outcome;
  readonly parts: readonly Part[];
  readonly attempts: readonly Attempt[];
}

export interface CommitRequest {
  readonly run: number;
  readonly source: string;
  readonly ended: readonly EndedTask[];
  /** Messages sent since the last commit, by provider key and method, to be added to `meta.requests`. */
  readonly requests: ReadonlyMap<string, number>;
  readonly logins: number;
}

export interface Committed {
  /** Rows inserted or changed, per task id and in total. */
  readonly rows: number;
  readonly rowsOf: ReadonlyMap<number, number>;
  readonly quarantined: number;
  readonly revised: number;
  /** Ex-dates of adjustment factors that are new, changed or gone; not in `rows` of tasks that ask for bars. */
  readonly exDates: number;
}

export interface RunRow {
  readonly what: string;
  readonly source: string;
  readonly endpoint: string;
  readonly period: string;
  readonly workers: number;
  readonly startedAt: number;
}

export interface RunClosing {
  readonly end: RunEnd;
  readonly endedAt: number;
  readonly seconds: number;
  readonly message: string | null;
}
