/** `fetch`: bars of some codes, or of every stock of the provider's catalogue; only what is not stored is asked for. */
import { fetchedPeriods, type Period } from '../src/market/period.ts';
import { Problem } from '../src/market/problem.ts';
import { acceptRule, type RunCommandOptions, runBasis, startBars, workersOption } from '../src/shell/bars-run.ts';
import type { Command } from '../src/shell/command.ts';

interface FetchOptions extends RunCommandOptions {
  readonly codes: string[];
  readonly all: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly period: Period;
}

export const fetch: Command<FetchOptions> = {
  name: 'fetch',
  positionals: '[codes..]',
  usage: 'CODES…',
  summary: 'bars of some codes',
  group: 'data',
  writes: true,
  examples: [
    { line: 'fetch 600519 平安银行 --from -1y', says: 'codes in any form, or names that one security has' },
    { line: 'fetch --all --from 2020-01-01', says: 'every stock that the provider names' },
    { line: 'fetch sh.000300 --from 2006', says: 'indices and funds by their code' },
  ],
  options: yargs =>
    yargs
      .positional('codes', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: '600519, sh.600519, 600519.SH, 贵州茅台',
      })
      .option('all', { type: 'boolean', default: false, describe: 'every stock of the catalogue' })
      .option('from', { type: 'string', describe: 'DATE: 2024-01-02, 2024, ytd, -30d, -1y, -20s; default -1y' })
      .option('to', { type: 'string', describe: 'DATE, default the last published session' })
      .option('period', {
        choices: fetchedPeriods,
        default: 'd' as Period,
        describe: 'd daily, or minutes',
      })
      .option('workers', workersOption)
      .option('accept-provider-rule', acceptRule) as never,
  async run(options, context) {
    const { codes, all, from, to, period } = options;
    if (all && codes.length > 0) {
      throw new Problem('usage', 'fetch takes either codes or --all.', { next: 'fetch --all' });
    }
    if (!all && codes.length === 0) {
      throw new Problem('usage', 'fetch needs codes.', { next: 'fetch 600519 000001, or fetch --all' });
    }
    const { fetchBars } = await import('../src/sync/fetch.ts');
    const basis = await runBasis(context, options);
    return startBars(context, basis, () => fetchBars({ ...basis, securities: all ? 'all' : codes, from, to, period }));
  },
};
