/** `cancel`: stops a job; what it stored stays, what is left can be asked for again. */
import { Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';

interface CancelOptions {
  readonly job: string | undefined;
}

export const cancel: Command<CancelOptions> = {
  name: 'cancel',
  positionals: '[job]',
  usage: '[N]',
  summary: 'stops a job; what it stored stays',
  group: 'shell',
  examples: [{ line: 'cancel 4', says: 'job 4; without a number the one that runs' }],
  options: yargs => yargs.positional('job', { type: 'string', describe: 'number of the job' }),
  async run({ job: asked }, { jobs: { running } }) {
    const job = asked === undefined ? running[0] : running.find(({ number }) => String(number) === asked);
    if (!job) {
      const sentence = asked === undefined ? 'no job runs.' : `no job ${asked} runs.`;
      throw new Problem('usage', sentence, { next: 'jobs  lists what runs' });
    }
    job.cancel();
    return { view: { kind: 'note', level: 'say', sentence: `${job.what} is being stopped.` }, exitCode: 0 };
  },
};
