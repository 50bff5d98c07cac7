/**
 * Runs as seen from a shell. At a live prompt a run goes on in the background and the prompt stays; anywhere else whoever
 * starts one waits for its end. One run at a time asks a provider; those begun meanwhile wait. A job's number is its run's.
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
  /** Starts the run, which waits for the one before it; throws a Problem for what is wrong at once. */
  readonly begin: () => Promise<RunHandle>;
  /** Cancels the run where it is waited for. */
  readonly signal: AbortSignal;
  /** What to show of it at its end. */
  readonly view: (summary: RunSummary) => Promise<RunView>;
}

export interface Jobs {
  /** Those that have their number. */
  readonly running: readonly Job[];
  /** Those that wait for their turn, the next one first; without a number, they are named by their place: `+1`. */
  readonly waiting: readonly Job[];
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

/** The job of a number (`4`), or of a place among those that wait (`+1` is the next one). */
export function jobNamed({ running, waiting }: Pick<Jobs, 'running' | 'waiting'>, name: string): Job | null {
  const [, place] = /^\+(\d{1,4})$/.exec(name) ?? [];
  const found =
    place === undefined ? running.find(({ number }) => String(number) === name) : waiting[Number(place) - 1];
  return found ?? null;
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
  /** It waits: for the run before it, or for the user's transaction to end. */
  queued: boolean;
  /** Resolves when the job has ended and its end was told. */
  readonly over: Promise<void>;
  readonly #run: RunHandle;
  number: number | null = null;
  progress: Progress;
  ended: () => void = () => undefined;

  constructor(what: string, run: RunHandle, queued: boolean) {
    this.what = what;
    this.done = run.done;
    this.queued = queued;
    this.#run = run;
    this.progress = noProgress(what);
    this.over = new Promise(resolve => {
      this.ended = resolve;
    });
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
  let jobs: RunningJob[] = [];
  let closed = false;

  const emit = (event: JobEvent): void => {
    for (const listener of listeners) listener(event);
  };

  /**
   * Carries a started run to its end. `known` is called once it has its number; what fails before that is the caller's to
   * tell, what fails later is an event.
   */
  const carry = async (job: RunningJob, run: RunHandle, request: JobRequest, known: () => void): Promise<RunView> => {
    const stop = run.on(event => {
      // A run that says something before it has its number waits for somebody; the prompt does not.
      if (event.type === 'notice' && job.number === null) {
        job.queued = true;
        known();
      }
      job.progress = progressed(job.progress, event, now());
      emit({ type: 'progress', job, event });
    });
    try {
      job.number = await Promise.race([run.number, run.done.then(summary => summary.run)]);
      known();
      emit({ type: 'started', job });
      const view = await request.view(await run.done);
      jobs = jobs.filter(other => other !== job);
      emit({ type: 'ended', job, view });
      return view;
    } catch (thrown) {
      jobs = jobs.filter(other => other !== job);
      if (job.number !== null || job.queued) emit({ type: 'failed', job, problem: asProblem(thrown) });
      throw thrown;
    } finally {
      stop();
      job.ended();
    }
  };

  const begin = async (request: JobRequest, known: () => void): Promise<{ job: RunningJob; end: Promise<RunView> }> => {
    if (closed || (!background && request.signal.aborted))
      throw new Problem('interrupted', `${request.what} was not begun.`);
    const queued = jobs.length > 0;
    const run = await request.begin();
    const job = new RunningJob(request.what, run, queued);
    jobs = [...jobs, job];
    const cancel = (): void => run.cancel();
    if (!background) request.signal.addEventListener('abort', cancel, { once: true });
    if (closed || (!background && request.signal.aborted)) cancel();
    const end = carry(job, run, request, known).finally(() => request.signal.removeEventListener('abort', cancel));
    end.catch(() => undefined);
    return { job, end };
  };

  return {
    get running() {
      return jobs.filter(({ number }) => number !== null);
    },
    get waiting() {
      return jobs.filter(({ number }) => number === null);
    },
    async start(request) {
      let known = (): void => undefined;
      const numbered = new Promise<void>(resolve => {
        known = resolve;
      });
      const { job, end } = await begin(request, () => known());
      if (!background) {
        const view = await end;
        return { view, exitCode: exitCodeOf(view.summary) };
      }
      if (!job.queued) await Promise.race([numbered, end]);
      const place = job.number === null ? 1 + jobs.filter(({ number }) => number === null).indexOf(job) : 0;
      const view = { kind: 'job', job: job.number, what: request.what, ...(place > 0 ? { place } : {}) } as const;
      return { view, exitCode: exitCodes.ok };
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      for (const job of jobs) job.cancel();
      await Promise.all(jobs.map(job => job.over));
    },
  };
}
