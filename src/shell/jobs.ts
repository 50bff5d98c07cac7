/**
 * Runs as seen from a shell. At a live prompt a run goes on in the background and the prompt stays; anywhere else whoever
 * starts one waits for its end. One run at a time asks a provider; others wait their turn. A job's number is its run's.
 */
import type { RunEvent, RunSummary, WorkerView } from '../fetch/events.ts';
import { noProgress, type Progress, progressed } from '../fetch/progress.ts';
import type { RunHandle } from '../fetch/request.ts';
import { asProblem, exitCodes, Problem } from '../market/problem.ts';
import type { RunView } from '../output/view.ts';
import type { RunEnd } from '../source/outcome.ts';
import type { CommandResult } from './command.ts';

export interface Job {
  /** The run's number; null until the run has it. */
  readonly number: number | null;
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
  | { readonly type: 'failed'; readonly job: Job; readonly problem: Problem };

export interface JobRequest {
  /** The command as typed. */
  readonly what: string;
  /** Starts the run; called when its turn has come. */
  readonly begin: () => Promise<RunHandle>;
  /** Cancels the run where it is waited for. */
  readonly signal: AbortSignal;
  /** What to show of it at its end. */
  readonly view: (summary: RunSummary) => Promise<RunView>;
}

export interface Jobs {
  readonly running: readonly Job[];
  /** Commands that wait for the running one to end. */
  readonly waiting: readonly string[];
  /**
   * At a live prompt resolves as soon as the run has its number, or is queued (view: job); else waits for its end (view: run;
   * exit code 0, 3 with something on the ledger, 4 refused, 130 cancelled, 1 failed).
   */
  start(request: JobRequest): Promise<CommandResult>;
  /** Returns the way to stop listening. */
  on(listener: (event: JobEvent) => void): () => void;
  /** Cancels all and waits for their ends. */
  close(): Promise<void>;
}

export interface JobsOptions {
  /** True at a live prompt. */
  readonly background: boolean;
  /** Clock time in ms. */
  readonly now: () => number;
}

const endCodes: Readonly<Record<RunEnd, number>> = {
  ok: exitCodes.ok,
  partial: exitCodes.partial,
  failed: exitCodes.failed,
  cancelled: exitCodes.interrupted,
  refused: exitCodes.refused,
  parked: exitCodes.refused,
  abandoned: exitCodes.failed,
};

/** A run that left something on the ledger is partial, however it ended otherwise. */
export function exitCodeOf({ end, failed }: RunSummary): number {
  return end === 'ok' && failed > 0 ? exitCodes.partial : endCodes[end];
}

class RunningJob implements Job {
  readonly what: string;
  readonly done: Promise<RunSummary>;
  readonly #run: RunHandle;
  number: number | null = null;
  progress: Progress;

  constructor(what: string, run: RunHandle) {
    this.what = what;
    this.done = run.done;
    this.#run = run;
    this.progress = noProgress(what);
  }

  workers(): readonly WorkerView[] {
    return this.#run.workers();
  }

  cancel(): void {
    this.#run.cancel();
  }
}

export function createJobs({ background, now }: JobsOptions): Jobs {
  const listeners = new Set<(event: JobEvent) => void>();
  let running: RunningJob[] = [];
  let waiting: JobRequest[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let busy = 0;
  let closed = false;

  const emit = (event: JobEvent): void => {
    for (const listener of listeners) listener(event);
  };

  /** Runs one job to its end. `known` is called once it has its number. */
  const carry = async (request: JobRequest, known: (job: Job) => void): Promise<RunView> => {
    if (closed) throw new Problem('interrupted', `${request.what} was not begun: the shell is closing.`);
    if (!background && request.signal.aborted) throw new Problem('interrupted', `${request.what} was not begun.`);
    const run = await request.begin();
    const job = new RunningJob(request.what, run);
    running = [...running, job];
    const cancel = (): void => run.cancel();
    if (!background) request.signal.addEventListener('abort', cancel, { once: true });
    if (closed || (!background && request.signal.aborted)) cancel();
    const stop = run.on(event => {
      job.progress = progressed(job.progress, event, now());
      emit({ type: 'progress', job, event });
    });
    try {
      job.number = await Promise.race([run.number, run.done.then(summary => summary.run)]);
      emit({ type: 'started', job });
      known(job);
      const view = await request.view(await run.done);
      running = running.filter(other => other !== job);
      emit({ type: 'ended', job, view });
      return view;
    } catch (thrown) {
      running = running.filter(other => other !== job);
      emit({ type: 'failed', job, problem: asProblem(thrown) });
      throw thrown;
    } finally {
      stop();
      request.signal.removeEventListener('abort', cancel);
    }
  };

  const queued = (request: JobRequest, known: (job: Job) => void): Promise<RunView> => {
    busy++;
    const before = tail;
    const result = (async () => {
      await before;
      waiting = waiting.filter(other => other !== request);
      try {
        return await carry(request, known);
      } finally {
        busy--;
      }
    })();
    tail = result.catch(() => undefined);
    return result;
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiting.map(({ what }) => what);
    },
    async start(request) {
      if (!background) {
        const view = await queued(request, () => undefined);
        return { view, exitCode: exitCodeOf(view.summary) };
      }
      if (busy > 0) {
        waiting = [...waiting, request];
        queued(request, () => undefined).catch(() => undefined);
        return { view: { kind: 'job', job: null, what: request.what }, exitCode: exitCodes.ok };
      }
      const job = await new Promise<Job>((resolve, reject) => {
        queued(request, resolve).catch(reject);
      });
      return { view: { kind: 'job', job: job.number, what: request.what }, exitCode: exitCodes.ok };
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      for (const job of running) job.cancel();
      await tail;
    },
  };
}
