/** `wait`: goes on when a job, or every job, has ended; its end is told as always. Ctrl-C ends the waiting, not the job. */
import { exitCodes, Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';
import { exitCodeOf, type Jobs } from '../src/shell/jobs.ts';

interface WaitOptions {
  readonly job: string | undefined;
}

export const wait: Command<WaitOptions> = {
  name: 'wait',
  positionals: '[job]',
  usage: '[N]',
  summary: 'goes on when a job has ended',
  group: 'shell',
  examples: [{ line: 'wait 4', says: 'for job 4; without a number for all of them' }],
  options: yargs => yargs.positional('job', { type: 'string', describe: 'number of the job' }),
  async run({ job: asked }, { jobs, signal }) {
    if (asked !== undefined && !jobs.running.some(({ number }) => String(number) === asked)) {
      throw new Problem('usage', `no job ${asked} runs.`, { next: 'jobs  lists what runs' });
    }
    return { view: null, exitCode: await ended(jobs, asked, signal) };
  },
};

/** @returns the exit code of the job, or the highest of all. */
function ended(jobs: Jobs, asked: string | undefined, signal: AbortSignal): Promise<number> {
  const idle = (): boolean => jobs.running.length + jobs.waiting.length === 0;
  if (asked === undefined && idle()) return Promise.resolve(exitCodes.ok);
  return new Promise((resolve, reject) => {
    let worst: number = exitCodes.ok;
    const stop = jobs.on(event => {
      if (event.type !== 'ended' && event.type !== 'failed') return;
      const mine = String(event.job.number) === asked;
      if (asked !== undefined && !mine) return;
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
