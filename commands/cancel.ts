/**
 * `cancel`: stops a job; what it stored stays, what is left can be asked for again. One that waits has no number yet: it is named by
 * its place in `jobs`, and leaves no trace.
 */
import { Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';
import { type Job, type Jobs, jobNamed } from '../src/shell/jobs.ts';

interface CancelOptions {
  readonly job: string | undefined;
}

export const cancel: Command<CancelOptions> = {
  name: 'cancel',
  positionals: '[job]',
  usage: '[N | +N]',
  summary: 'stops a job; what it stored stays',
  group: 'shell',
  examples: [
    { line: 'cancel 4', says: 'job 4; without a number the one that runs' },
    { line: 'cancel +1', says: 'the next one of those that wait' },
  ],
  options: yargs =>
    yargs.positional('job', { type: 'string', describe: 'number of the job, or +1 for the next that waits' }),
  async run({ job: asked }, { jobs }) {
    const job = asked === undefined ? theOne(jobs) : jobNamed(jobs, asked);
    if (!job) {
      const sentence = asked === undefined ? 'no job runs.' : `no job ${asked} runs or waits.`;
      throw new Problem('usage', sentence, { next: 'jobs  lists what runs' });
    }
    const waits = job.number === null;
    job.cancel();
    const sentence = waits ? `${job.what} is taken back.` : `${job.what} is being stopped.`;
    return { view: { kind: 'note', level: 'say', sentence }, exitCode: 0 };
  },
};

/** The job that runs; where none does, the one that waits. */
function theOne({ running, waiting }: Jobs): Job | undefined {
  const [first, second] = running.length > 0 ? running : waiting;
  if (!second) return first;
  throw new Problem('usage', 'there are several jobs, and cancel needs to know which.', {
    next: running.length > 0 ? 'jobs  lists them with their numbers' : 'cancel +1  takes back the next one',
  });
}
