/**
 * `fetch --dataset`: anything that the provider offers beside the bars of a code, through the same crew, policy and ledger. It is
 * always asked for again: what came before is compared, not trusted; `sync --dataset` leaves out what is fresh. One task for each code where the dataset is
 * of codes, else one.
 */
import type { RunHandle } from '../fetch/request.ts';
import { startRun } from '../fetch/run.ts';
import { type Code, readCode } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import { Problem } from '../market/problem.ts';
import type { DatasetDeclaration } from '../source/baostock/datasets.ts';
import type { DatasetTask } from '../source/source.ts';
import { type Database, refuseReadOnly } from '../store/database.ts';
import { readRefreshed } from '../store/refreshed.ts';
import { readCount } from '../store/values.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { type DatasetArguments, datasetArguments, type Securities, type TypedOptions } from './dataset-arguments.ts';
import { isFresh } from './dataset-fresh.ts';
import { type FetchRequest, firstUnserved } from './fetch.ts';
import { withLists } from './named-lists.ts';
import { notServed } from './offered.ts';
import { firstSession, staleDatasets } from './prepare.ts';
import { problemOf, type ResolvedCode, resolveCodes } from './resolve.ts';
import { loadCalendar } from './trading-days.ts';

export interface DatasetRequest extends Omit<FetchRequest, 'securities' | 'from' | 'to' | 'period'> {
  readonly dataset: DatasetDeclaration;
  /** Codes and names as typed, or every stock of the catalogue. */
  readonly securities: Securities;
  readonly options: TypedOptions;
  /** Only what was not asked for lately. */
  readonly onlyStale?: boolean;
}

export interface StartedDataset {
  readonly handle: RunHandle;
  /** What was taken for things that were not typed; known at once. */
  readonly notes: readonly string[];
  /** Once the run is planned; `null` before. */
  planned(): PlannedDataset | null;
}

export interface PlannedDataset {
  /** Parameters of every task, without its code. */
  readonly params: Readonly<Record<string, string>>;
  readonly tasks: readonly DatasetTask[];
  /** Codes as they were typed. */
  readonly resolved: readonly ResolvedCode[];
}

/** @throws Problem before anything is asked: `usage` for what is malformed or ambiguous, `failed` for a read-only file. */
export async function fetchDataset(given: DatasetRequest): Promise<StartedDataset> {
  const wanted = given.securities === 'all' ? ('all' as const) : await withLists(given.securities, given.database);
  const request = { ...given, securities: wanted };
  const { dataset, securities, options, onlyStale: _, ...run } = request;
  const { database, clock, source } = run;
  refuseReadOnly(database, 'fetched into it');
  if (source.source !== 'baostock') {
    throw new Problem('usage', `datasets cannot be fetched from ${source.source} yet`, {
      next: 'use --source baostock',
    });
  }
  checkForms(securities, source.source);
  const early = datasetArguments(dataset, securities, options, clock, null);
  const prepare = standsAlone(dataset) ? [] : await staleDatasets(database, clock, source.source);
  const first = prepare.length === 0 ? await planOf(request) : null;

  let planned: PlannedDataset | null = null;
  const handle = startRun({
    ...run,
    period: 'd',
    prepare,
    ...(securities === 'all' ? {} : { expected: Math.max(securities.length, 1) }),
    plan: async () => {
      planned = await planOf(request);
      return { tasks: planned.tasks, asked: [], covered: [], pointless: [] };
    },
  });
  return { handle, notes: first?.notes ?? early.notes, planned: () => planned };
}

/**
 * Codes with rows of a day whose factor history was never asked for: their adjusted prices are not right before it was. Only
 * for datasets that bring bars or factors of the whole market.
 */
export async function codesWithoutFactors(database: Database, table: string, day: string): Promise<number> {
  const [of, date] = { daily: ['main.daily', 'date'], adj_factors: ['main.adj_factors', 'ex_date'] }[table] ?? [];
  if (!of) return 0;
  const { rows } = await database.pool.query(
    `select count(distinct d.code) from ${of} d where d.${date} = $day::date and not exists (
      from meta.refreshed r where r.what in ('adj_factors', 'factors') and r.params = '{"code":"' || d.code || '"}')`,
    { day },
    { tag: 'factors' },
  );
  return readCount(rows[0]?.[0]);
}

/** What is wrong with codes by their form alone. */
function checkForms(securities: Securities, source: DatasetRequest['source']['source']): void {
  if (securities === 'all') return;
  const problems = securities.flatMap(input => {
    const reading = readCode(input);
    if (reading.kind === 'invalid') return [reading.problem];
    return reading.kind === 'code' ? (notServed(source, reading.code) ?? []) : [];
  });
  const problem = problemOf({ codes: [], problems });
  if (problem) throw problem;
}

/** Datasets that need neither catalogue nor calendar: those two themselves, and those of the whole country. */
function standsAlone({ table, parameters }: DatasetDeclaration): boolean {
  if (table === 'instruments' || table === 'calendar') return true;
  return !parameters.some(({ name }) => name === 'code' || name === 'date');
}

/** What a run would ask for, by the catalogue as it is stored; asks nobody. */
export async function previewDataset(given: DatasetRequest): Promise<PlannedDataset & Pick<DatasetArguments, 'notes'>> {
  const wanted = given.securities === 'all' ? ('all' as const) : await withLists(given.securities, given.database);
  return planOf({ ...given, securities: wanted });
}

async function planOf(request: DatasetRequest): Promise<PlannedDataset & Pick<DatasetArguments, 'notes'>> {
  const planned = await wholePlanOf(request);
  if (!request.onlyStale) return planned;
  const { database, clock, source, dataset } = request;
  const refreshed = await readRefreshed(database, dataset.name);
  return { ...planned, tasks: planned.tasks.filter(task => !isFresh(task, refreshed, source.source, clock.today())) };
}

async function wholePlanOf(request: DatasetRequest): Promise<PlannedDataset & Pick<DatasetArguments, 'notes'>> {
  const { dataset, securities, options, database, clock, source } = request;
  const calendar = await loadCalendar(database);
  const { byCode, params, notes } = datasetArguments(dataset, securities, options, clock, calendar);
  const common = { params, notes };
  if (!byCode) {
    const task: DatasetTask = { kind: 'dataset', id: 1, dataset: dataset.name, params };
    return { ...common, tasks: [task], resolved: [] };
  }
  const catalogue = await loadCatalogue(database);
  const resolution = securities === 'all' ? { codes: [], problems: [] } : resolveCodes(securities, catalogue);
  const problem = problemOf(resolution) ?? firstUnserved(resolution.codes, source);
  if (problem) throw problem;
  const codes =
    securities === 'all' ? stocksOf(catalogue, params, clock.today()) : resolution.codes.map(({ code }) => code);
  if (codes.length === 0) {
    throw new Problem('failed', 'the catalogue has no stock of that time, so there is nothing to fetch', {
      next: 'name codes, or try again later',
    });
  }
  const tasks = codes.map(
    (code, index): DatasetTask => ({
      kind: 'dataset',
      id: index + 1,
      dataset: dataset.name,
      params: { ...params, code },
    }),
  );
  return { ...common, tasks, resolved: resolution.codes };
}

/** Stocks that can have rows of the time that is asked for: figures of a year come out in it and in the next. */
function stocksOf(catalogue: Catalogue, params: Readonly<Record<string, string>>, today: IsoDate): readonly Code[] {
  const { year, from, to } = params;
  if (year === undefined) return catalogue.stocks((from ?? firstSession) as IsoDate, (to ?? today) as IsoDate);
  return catalogue.stocks(`${year}-01-01` as IsoDate, `${Number(year) + 1}-12-31` as IsoDate);
}
