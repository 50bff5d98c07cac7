/** `runs`: the runs with their counts, or one run in full. */
import { Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';

interface RunsOptions {
  readonly run: string | undefined;
  readonly limit: number;
}

export const runs: Command<RunsOptions> = {
  name: 'runs',
  positionals: '[run]',
  usage: '[N]',
  summary: 'what was fetched, with its counts',
  group: 'look',
  examples: [
    { line: 'runs', says: 'the newest twenty' },
    { line: 'runs 4', says: 'one in full' },
  ],
  options: yargs =>
    yargs
      .positional('run', { type: 'string', describe: 'number of a run' })
      .option('limit', { type: 'number', default: 20, describe: 'N newest' }),
  async run({ run: asked, limit }, { engine }) {
    if (asked !== undefined && !/^[1-9]\d{0,8}$/.test(asked)) {
      throw new Problem('usage', `${asked} is no number of a run.`, { next: 'runs  lists them' });
    }
    if (!Number.isInteger(limit) || limit < 1) throw new Problem('usage', '--limit takes a whole number above 0.');
    const { readRuns } = await import('../src/store/runs.ts');
    const database = await engine.database();
    const only = asked === undefined ? null : Number(asked);
    const stored = await readRuns(database, only === null ? { limit } : { run: only });
    if (only !== null && stored.length === 0) {
      throw new Problem('usage', `there is no run ${only}.`, { next: 'runs  lists them' });
    }
    return { view: { kind: 'runs', runs: stored, only }, exitCode: 0 };
  },
};
