/** Waits for a job that a command has begun, from before the command so that no end is missed. */
import { exitCodes, Problem } from '../market/problem.ts';
import type { CommandResult } from './command.ts';
import { exitCodeOf, type JobEvent, type Jobs } from './jobs.ts';

type Ended = Extract<JobEvent, { type: 'ended' | 'failed' }>;

export class JobEnds {
  readonly #ended: Ended[] = [];
  #told: () => void = () => undefined;
  readonly #stop: () => void;

  constructor(jobs: Jobs) {
    this.#stop = jobs.on(event => {
      if (event.type !== 'ended' && event.type !== 'failed') return;
      this.#ended.push(event);
      this.#told();
    });
  }

  /** @returns the job's exit code; 0 where the command began none. The job goes on where the waiting is cancelled. */
  async after({ view }: CommandResult, signal: AbortSignal): Promise<number> {
    try {
      if (view?.kind !== 'job') return exitCodes.ok;
      const { job, what } = view;
      for (;;) {
        const end = this.#ended.find(event => (job === null ? event.job.what === what : event.job.number === job));
        if (end) return end.type === 'ended' ? exitCodeOf(end.view.summary) : end.problem.exitCode;
        if (signal.aborted) throw new Problem('interrupted', `the waiting; ${what} goes on.`);
        await new Promise<void>(resolve => {
          this.#told = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#stop();
  }
}
