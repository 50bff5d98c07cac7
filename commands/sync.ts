/** `sync`: a universe complete to the last published session; `--plan` only says what that takes. */

import { weekdayName } from '../src/market/date.ts';
import { fetchedPeriods, type Period } from '../src/market/period.ts';
import { Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import type { ListView } from '../src/output/view.ts';
import { acceptRule, type RunCommandOptions, runBasis, startBars, workersOption } from '../src/shell/bars-run.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';

interface SyncOptions extends RunCommandOptions {
  readonly codes: string[];
  readonly universe: string[];
  readonly period: Period;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly plan: boolean;
  readonly wait: boolean;
  readonly dataset: string | undefined;
  readonly date: string | undefined;
  readonly year: string | undefined;
  readonly quarter: string | undefined;
  readonly index: string | undefined;
}

export const sync: Command<SyncOptions> = {
  name: 'sync',
  positionals: '[codes..]',
  usage: '[CODES…]',
  summary: 'all stocks, or some, complete to the last published session',
  group: 'data',
  writes: true,
  examples: [
    { line: 'sync', says: 'every listed stock, from what is stored, else one year back' },
    { line: 'sync --plan', says: 'what that would ask for, and how long it takes' },
    {
      line: 'sync --universe hs300 --from 2020',
      says: 'the members of an index; all, stocks, index, etf, a file of codes',
    },
    { line: 'sync 600519 000001 --period 5', says: 'some codes, 5-minute bars' },
    { line: 'sync --dataset industry', says: 'something beside bars, where it is not fresh' },
    { line: 'sync --wait', says: 'for cron: goes on by itself when the day is published, then ends' },
  ],
  options: yargs =>
    yargs
      .positional('codes', { type: 'string', array: true, default: [] as string[], describe: 'codes or names' })
      .option('universe', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'all, stocks, index, etf, hs300, sz50, zz500, @list, a file of codes; default stocks',
      })
      .option('period', { choices: fetchedPeriods, default: 'd' as Period, describe: 'd daily, or minutes' })
      .option('from', { type: 'string', describe: 'DATE; default from what is stored, else one year back' })
      .option('to', { type: 'string', describe: 'DATE, default the last published session' })
      .option('plan', { type: 'boolean', default: false, describe: 'print the plan and fetch nothing' })
      .option('dataset', {
        type: 'string',
        describe: 'NAME of something beside bars, where it is not fresh: help datasets',
      })
      .option('date', { type: 'string', describe: 'DATE of a dataset: as of this day' })
      .option('year', { type: 'string', describe: 'YEAR of a dataset, like 2024' })
      .option('quarter', { type: 'string', describe: 'N of a dataset, 1 to 4' })
      .option('index', { type: 'string', describe: 'INDEX of a dataset: hs300, sz50, zz500' })
      .option('wait', {
        type: 'boolean',
        default: false,
        describe: 'wait for publication, quota or the end of a ban, then go on',
      })
      .option('workers', workersOption)
      .option('accept-provider-rule', acceptRule) as never,
  async run(options, context) {
    const { universe: names, codes, period, from, to, plan, wait } = options;
    if (plan && wait) throw new Problem('usage', 'sync takes either --plan or --wait.', { next: 'sync --plan' });
    if (options.dataset !== undefined) return syncDataset(options.dataset, options, context);
    const { readUniverse } = await import('../src/sync/universe.ts');
    const universe = await readUniverse(names, codes);
    const { previewSync, syncBars } = await import('../src/sync/sync.ts');
    const basis = await runBasis(context, options);
    const request = { ...basis, universe, from, to, period };
    if (wait) {
      const { syncWaiting } = await import('../src/sync/wait.ts');
      return startBars(context, basis, async () => syncWaiting(request));
    }
    if (!plan) return startBars(context, basis, () => syncBars(request));
    const preview = await previewSync(request);
    const { quotaToday } = await import('../src/fetch/quota.ts');
    const { database, source, workers } = basis;
    const { used, budget } = await quotaToday(database, source);
    const line = context.line.replace(/\s--plan\b/, '');
    const text = universe.kind === 'typed' && codes.length > 0 ? null : universe.text;
    const frame = { period, workers, budget, used, universe: text, cut: to !== undefined, line };
    return { view: planView(preview, frame), exitCode: 0 };
  },
};

/** A dataset where it is not fresh; for codes, else for every stock where it is of codes. */
async function syncDataset(name: string, options: SyncOptions, context: CommandContext): Promise<CommandResult> {
  const { codes, universe, from, to, date, year, quarter, index, plan, wait } = options;
  if (wait || universe.length > 0) {
    throw new Problem('usage', `--${wait ? 'wait' : 'universe'} belongs to bars, and a dataset has none.`, {
      next: `sync --dataset ${name} @list`,
    });
  }
  const { datasetCalled } = await import('../src/shell/dataset-name.ts');
  const { startDataset } = await import('../src/shell/dataset-run.ts');
  const dataset = datasetCalled(name);
  const basis = await runBasis(context, options);
  const typed = {
    dataset,
    securities: codes.length > 0 ? codes : ('all' as const),
    options: { date, year, quarter, index, from, to },
  };
  const ofCodes = dataset.parameters.some(parameter => parameter.name === 'code' && parameter.required);
  const wanted = { ...typed, securities: codes.length > 0 || ofCodes ? typed.securities : [], onlyStale: true };
  if (!plan) return startDataset(context, basis, wanted);
  const { previewDataset } = await import('../src/sync/dataset-fetch.ts');
  const { tasks, params, notes } = await previewDataset({ ...basis, ...wanted });
  const line = context.line.replace(/\s--plan\b/, '');
  return {
    view: {
      kind: 'list',
      head: [`${dataset.name}: ${dataset.summary}`],
      columns: [{ name: 'asks for' }, { name: 'requests', right: true }],
      rows:
        tasks.length === 0
          ? []
          : [[tasks.length === 1 ? 'the whole of it' : counted(tasks.length, 'code'), String(tasks.length)]],
      empty: 'up to date: nothing is asked for',
      foot: [...notes],
      next:
        tasks.length === 0 ? [[`fetch --dataset ${dataset.name}`, 'asks for it all the same']] : [[line, 'runs it']],
      object: { plan: true, dataset: dataset.name, params, tasks: tasks.length, upToDate: tasks.length === 0 },
    },
    exitCode: 0,
  };
}

interface PlanFrame {
  readonly period: Period;
  readonly workers: number;
  readonly budget: number | null;
  readonly used: number;
  /** Null: the codes were typed. */
  readonly universe: string | null;
  /** An end was given. */
  readonly cut: boolean;
  readonly line: string;
}

type Preview = Awaited<ReturnType<typeof import('../src/sync/sync.ts').previewSync>>;

function planView({ plan, codes, prepare }: Preview, frame: PlanFrame): ListView {
  const { period, workers, budget, used, universe, cut, line } = frame;
  const requests = plan.requests + prepare;
  const seconds = Math.ceil(plan.seconds / workers);
  const upToDate = plan.tasks.length === 0;
  const what = period === 'd' ? 'daily' : `${period} minutes`;
  const last = plan.upTo === null ? null : `${weekdayName(plan.upTo).slice(0, 3)} ${plan.upTo}`;
  const to = last === null ? 'nothing is published yet' : `to ${last}${cut ? '' : ', the last published session'}`;
  const whose = universe === null ? '' : ` of ${universe}`;
  const rows = plan.lines.map(({ what: work, how, codes: many, sessions, requests: asked, why }) => [
    work,
    how ?? '',
    sessions > 0 ? counted(sessions, 'session') : counted(many, 'code'),
    String(asked),
    why,
  ]);
  if (prepare > 0) rows.unshift(['catalogue, calendar', '', '', String(prepare), 'asked for this plan too']);
  const quota =
    budget === null
      ? ''
      : ` · ${((requests / budget) * 100).toFixed(1)} % of today's ${budget.toLocaleString('en-US')}`;
  const foot = upToDate
    ? 'up to date: no bar is asked for'
    : `${counted(requests, 'request')} · about ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} with ${counted(workers, 'worker')}${quota}`;
  return {
    kind: 'list',
    head: [`${counted(codes, 'code')}${whose} · ${what} · ${to}`],
    columns: [
      { name: 'what' },
      { name: 'how' },
      { name: 'asks for', right: true },
      { name: 'requests', right: true },
      { name: '', worth: 0, least: 12, role: 'dim' },
    ],
    rows,
    empty: null,
    foot: [foot],
    next: upToDate ? [] : [[line, 'runs it']],
    object: {
      plan: true,
      universe,
      codes,
      period,
      to: plan.upTo,
      upToDate,
      tasks: plan.tasks.length,
      prepare,
      requests,
      seconds,
      workers,
      quota: { budget, used, share: budget === null ? null : requests / budget },
      lines: plan.lines,
      asks: plan.tasks.map(task =>
        task.kind === 'bars'
          ? { how: 'by-code', dataset: 'bars', code: task.code, from: task.from, to: task.to, factors: task.factors }
          : { how: task.params.date ? 'by-date' : 'by-code', dataset: task.dataset, ...task.params },
      ),
    },
  };
}
