/**
 * `fetch`: bars of some codes, or of every stock of the provider's catalogue; only what is not stored is asked for. With
 * `--dataset` anything else that the provider offers.
 */
import { fetchedPeriods, type Period } from '../src/market/period.ts';
import { Problem } from '../src/market/problem.ts';
import { acceptRule, type RunCommandOptions, runBasis, startBars, workersOption } from '../src/shell/bars-run.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';

interface FetchOptions extends RunCommandOptions {
  readonly codes: string[];
  readonly all: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly period: Period | undefined;
  readonly dataset: string | undefined;
  readonly date: string | undefined;
  readonly year: string | undefined;
  readonly quarter: string | undefined;
  readonly index: string | undefined;
  readonly name: string | undefined;
  readonly basis: string | undefined;
  readonly kind: string | undefined;
}

/** Options of datasets alone. */
const datasetOptions = ['date', 'year', 'quarter', 'index', 'name', 'basis', 'kind'] as const;

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
    { line: 'fetch --dataset profit 600519', says: 'anything beside bars: help datasets lists it' },
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
        describe: 'd daily (default), or minutes',
      })
      .option('dataset', { type: 'string', describe: 'NAME of something beside bars: help datasets' })
      .option('date', { type: 'string', describe: 'DATE of a dataset: as of this day' })
      .option('year', { type: 'string', describe: 'YEAR of a dataset, like 2024' })
      .option('quarter', { type: 'string', describe: 'N of a dataset, 1 to 4' })
      .option('index', { type: 'string', describe: 'INDEX of a dataset: hs300, sz50, zz500' })
      .option('name', { type: 'string', describe: 'NAME, or part of one, in the catalogue' })
      .option('basis', { type: 'string', describe: 'which date a dataset goes by: help datasets' })
      .option('kind', { type: 'string', describe: 'stock or etf, of day-bars' })
      .option('workers', workersOption)
      .option('accept-provider-rule', acceptRule) as never,
  async run(options, context) {
    const { codes, all, from, to, period, dataset } = options;
    if (all && codes.length > 0) {
      throw new Problem('usage', 'fetch takes either codes or --all.', { next: 'fetch --all' });
    }
    if (dataset !== undefined) return fetchDataset(dataset, options, context);
    const stray = datasetOptions.find(name => options[name] !== undefined);
    if (stray) {
      throw new Problem('usage', `--${stray} belongs to a dataset, and bars have none.`, {
        next: 'help datasets  lists them with their options',
      });
    }
    if (!all && codes.length === 0) {
      throw new Problem('usage', 'fetch needs codes.', { next: 'fetch 600519 000001, or fetch --all' });
    }
    const { refuseDatasetAmong } = await import('../src/shell/dataset-name.ts');
    refuseDatasetAmong(codes);
    const { fetchBars } = await import('../src/sync/fetch.ts');
    const basis = await runBasis(context, options);
    const securities = all ? 'all' : codes;
    return startBars(context, basis, () => fetchBars({ ...basis, securities, from, to, period: period ?? 'd' }));
  },
};

async function fetchDataset(name: string, options: FetchOptions, context: CommandContext): Promise<CommandResult> {
  const { codes, all, from, to, period } = options;
  if (period !== undefined) {
    throw new Problem('usage', '--period belongs to bars, and a dataset has none.', {
      next: `fetch --dataset ${name}`,
    });
  }
  const { datasetCalled } = await import('../src/shell/dataset-name.ts');
  const dataset = datasetCalled(name);
  const { startDataset } = await import('../src/shell/dataset-run.ts');
  const typed = Object.fromEntries(datasetOptions.map(option => [option, options[option]]));
  return startDataset(context, await runBasis(context, options), {
    dataset,
    securities: all ? 'all' : codes,
    options: { ...typed, from, to },
  });
}
