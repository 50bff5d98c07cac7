/** `jobs`: what runs in the background. */
import type { Command } from '../src/shell/command.ts';

export const jobs: Command = {
  name: 'jobs',
  positionals: '',
  usage: '',
  summary: 'what runs in the background',
  group: 'shell',
  examples: [{ line: 'jobs', says: 'with what waits for it; live at the prompt, where Enter ends one' }],
  options: yargs => yargs,
  run: async (_, { jobs: { running, waiting }, opens }) => ({
    view: {
      kind: 'jobs',
      jobs: running.map(({ number, what, progress: { counts, done, secondsLeft } }) => ({
        job: number,
        what,
        planned: counts.planned,
        done,
        failed: counts.failed,
        secondsLeft,
      })),
      waiting: waiting.map(({ what }) => what),
    },
    exitCode: 0,
    ...(opens && running.length + waiting.length > 0 ? { open: { kind: 'jobs' } } : {}),
  }),
};
