/**
 * `fetch`: from what was typed to a run. Everything that can be wrong without asking anybody (forms of codes and dates, the
 * order of a range, codes that the source never has) is refused before the run exists. Where catalogue and calendar are of
 * today, names are resolved and the plan is made before it too; else they are asked for first, by the run's own crew.
 */
import type { Clock } from '../config/clock.ts';
import type { RunHandle, RunRequest } from '../fetch/request.ts';
import { startRun } from '../fetch/run.ts';
import type { Calendar } from '../market/calendar.ts';
import { type Code, readCode } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import { type DateArgument, parseDateArgument, resolveDate } from '../market/date-argument.ts';
import type { Period } from '../market/period.ts';
import { Problem } from '../market/problem.ts';
import type { SourceOptions } from '../source/source.ts';
import { type Database, refuseReadOnly } from '../store/database.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { withLists } from './named-lists.ts';
import type { MarketNews } from './news.ts';
import { notServed } from './offered.ts';
import { planFetch } from './planner.ts';
import { staleDatasets } from './prepare.ts';
import { problemOf, type ResolvedCode, resolveCodes } from './resolve.ts';
import { loadCalendar } from './trading-days.ts';

/** What a run may be told beside its tasks; the run's own defaults where left out. */
export type RunLimits = Pick<RunRequest, 'acceptProviderRule' | 'budget' | 'perSecond' | 'settings' | 'random'>;

export interface FetchRequest extends RunLimits {
  readonly database: Database;
  readonly clock: Clock;
  readonly source: SourceOptions;
  readonly workers: number;
  /** The command as typed, without secrets. */
  readonly what: string;
  /** Codes and names as typed, or every stock of the catalogue that was listed within the range. */
  readonly securities: readonly string[] | 'all';
  /** Date arguments as typed; one year back where no start is given, today where no end is. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly period: Period;
}

export interface StartedFetch {
  readonly handle: RunHandle;
  /** What the inputs were taken for, once the run is planned; `null` before. Empty for `all`. */
  resolved(): readonly ResolvedCode[] | null;
  /** Of every stock of the catalogue: how many were listed only after the range, and so are not asked for. */
  readonly notListed?: () => number;
  /** Of a sync, once it has ended: what happened in the market meanwhile. */
  readonly news?: () => Promise<MarketNews | null>;
}

const defaultStart = '-1y';

/** @throws Problem before anything is asked: `usage` for what is malformed or ambiguous, `failed` for a read-only file. */
export async function fetchBars(given: FetchRequest): Promise<StartedFetch> {
  const wanted = given.securities === 'all' ? ('all' as const) : await withLists(given.securities, given.database);
  const request = { ...given, securities: wanted };
  checkInputs(request);
  const { securities, from = defaultStart, to = 'today', ...run } = request;
  const range = [parseDateArgument(from), parseDateArgument(to)] as const;
  const { database, clock, source } = run;
  checkOrder(range, clock);
  const prepare = await staleDatasets(database, clock, source.source);
  if (prepare.length === 0) await marketOf(request, range);

  let resolved: readonly ResolvedCode[] | null = null;
  let notListed = 0;
  const handle = startRun({
    ...run,
    prepare,
    ...(securities === 'all' ? {} : { expected: securities.length }),
    // Made when the run's turn has come: a run before it may have stored what is asked for.
    plan: async () => {
      const market = await marketOf(request, range);
      resolved = market.resolved;
      if (securities === 'all') notListed = market.catalogue.stocksListedAfter(market.to);
      return planFetch(database, { ...market, period: run.period, clock, source: source.source });
    },
  });
  return { handle, resolved: () => resolved, notListed: () => notListed };
}

/** What is wrong with the inputs by their form alone. */
function checkInputs({ database, source, securities }: FetchRequest): void {
  refuseReadOnly(database, 'fetched into it');
  if (source.source !== 'baostock') {
    throw new Problem('usage', `bars cannot be fetched from ${source.source} yet`, { next: 'use --source baostock' });
  }
  if (securities === 'all') return;
  if (securities.length === 0) throw new Problem('usage', 'no code is given', { next: 'fetch 600519, or fetch --all' });
  const problems = securities.flatMap(input => {
    const reading = readCode(input);
    if (reading.kind === 'invalid') return [reading.problem];
    const unserved = reading.kind === 'code' ? notServed(source.source, reading.code) : null;
    return unserved ? [unserved] : [];
  });
  const problem = problemOf({ codes: [], problems });
  if (problem) throw problem;
}

type DateRange = readonly [from: DateArgument, to: DateArgument];

/** Refuses a range that ends before it starts as far as that can be told without a calendar. */
function checkOrder(range: DateRange, clock: Clock): void {
  if (range.some(({ kind, ...rest }) => kind === 'back' && 'unit' in rest && rest.unit === 's')) return;
  rangeOf(range, clock.today());
}

function rangeOf(
  [first, last]: DateRange,
  today: IsoDate,
  sessions?: Parameters<typeof resolveDate>[1]['sessions'],
): { readonly from: IsoDate; readonly to: IsoDate } {
  const context = { today, ...(sessions ? { sessions } : {}) };
  const from = resolveDate(first, { ...context, edge: 'start' });
  const to = resolveDate(last, { ...context, edge: 'end' });
  if (from <= to) return { from, to };
  throw new Problem('usage', `the range ends on ${to}, before it starts on ${from}`, {
    next: 'give --from the earlier day',
  });
}

interface AskedMarket {
  readonly catalogue: Catalogue;
  readonly calendar: Calendar;
  readonly resolved: readonly ResolvedCode[];
  readonly codes: readonly Code[];
  readonly from: IsoDate;
  readonly to: IsoDate;
}

/** The codes and days that are asked for, by the stored catalogue and calendar. */
async function marketOf({ database, clock, source, securities }: FetchRequest, range: DateRange): Promise<AskedMarket> {
  const catalogue = await loadCatalogue(database);
  const calendar = await loadCalendar(database);
  const { from, to } = rangeOf(range, clock.today(), calendar);
  if (securities !== 'all') {
    const resolution = resolveCodes(securities, catalogue);
    const problem = problemOf(resolution) ?? firstUnserved(resolution.codes, source);
    if (problem) throw problem;
    const codes = resolution.codes.map(({ code }) => code);
    return { catalogue, calendar, resolved: resolution.codes, codes, from, to };
  }
  if (catalogue.size > 0) return { catalogue, calendar, resolved: [], codes: catalogue.stocks(from, to), from, to };
  throw new Problem('failed', "the provider's catalogue came empty, so there is nothing to fetch", {
    next: 'name codes, or try again later',
  });
}

export function firstUnserved(codes: readonly ResolvedCode[], source: SourceOptions): Problem | null {
  for (const { code } of codes) {
    const unserved = notServed(source.source, code);
    if (unserved) return unserved;
  }
  return null;
}
