/** `wait`: goes on when a job, or every job, has ended; its end is told as always. Ctrl-C ends the waiting, not the job. */
import { exitCodes, Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';
import { exitCodeOf, type Job, type Jobs, jobNamed } from '../src/shell/jobs.ts';

interface WaitOptions {
  readonly job: string | undefined;
}

export const wait: Command<WaitOptions> = {
  name: 'wait',
  positionals: '[job]',
  usage: '[N | +N]',
  summary: 'goes on when a job has ended',
  group: 'shell',
  examples: [{ line: 'wait 4', says: 'for job 4; without a number for all of them' }],
  options: yargs =>
    yargs.positional('job', { type: 'string', describe: 'number of the job, or +1 for the next that waits' }),
  async run({ job: asked }, { jobs, signal }) {
    const job = asked === undefined ? null : jobNamed(jobs, asked);
    if (asked !== undefined && !job) {
      throw new Problem('usage', `no job ${asked} runs or waits.`, { next: 'jobs  lists what runs' });
    }
    return { view: null, exitCode: await ended(jobs, job, signal) };
  },
};

/** @returns the exit code of the job; without one the highest of all. */
function ended(jobs: Jobs, asked: Job | null, signal: AbortSignal): Promise<number> {
  const idle = (): boolean => jobs.running.length + jobs.waiting.length === 0;
  if (asked === null && idle()) return Promise.resolve(exitCodes.ok);
  return new Promise((resolve, reject) => {
    let worst: number = exitCodes.ok;
    const stop = jobs.on(event => {
      if (event.type !== 'ended' && event.type !== 'failed') return;
      const mine = event.job === asked;
      if (asked !== null && !mine) return;
      worst = Math.max(worst, event.type === 'ended' ? exitCodeOf(event.view.summary) : event.problem.exitCode);
      if (!mine && !idle()) return;
      stop();
      resolve(worst);
    });
    signal.addEventListener(
      'abort',
      () => {
        stop();
        reject(new Problem('interrupted', 'the waiting; the job goes on.'));
      },
      { once: true },
    );
  });
}
