/**
 * Runs as seen from a shell. At a live prompt a run goes on in the background and the prompt stays; anywhere else whoever
 * starts one waits for its end. A job's number is its run's.
 */
import type { RunEvent, RunSummary, WorkerView } from '../fetch/events.ts';
import type { RunHandle } from '../fetch/request.ts';
import type { RunView } from '../output/view.ts';
import type { CommandResult } from './command.ts';
import type { Progress } from './progress.ts';

export interface Job {
  readonly number: number;
  /** The command as typed. */
  readonly what: string;
  readonly progress: Progress;
  workers(): readonly WorkerView[];
  readonly done: Promise<RunSummary>;
  cancel(): void;
}

export type JobEvent =
  | { readonly type: 'started'; readonly job: Job }
  | { readonly type: 'progress'; readonly job: Job; readonly event: RunEvent }
  /** The view is what the finished block leaves in the scrollback. */
  | { readonly type: 'ended'; readonly job: Job; readonly view: RunView }
  | { readonly type: 'failed'; readonly job: Job; readonly problem: import('../market/problem.ts').Problem };

export interface Jobs {
  readonly running: readonly Job[];
  /**
   * Takes over a started run. At a live prompt resolves as soon as the run has its number (view: job); else waits for its
   * end (view: run; exit code 0, 3 with something on the ledger, 4 refused, 130 cancelled, 1 failed).
   */
  take(
    run: RunHandle,
    what: string,
    signal: AbortSignal,
    view: (summary: RunSummary) => Promise<RunView>,
  ): Promise<CommandResult>;
  /** Returns the way to stop listening. */
  on(listener: (event: JobEvent) => void): () => void;
  /** Cancels all and waits for their ends. */
  close(): Promise<void>;
}
