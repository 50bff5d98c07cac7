/**
 * `retry`: exactly what stands on the ledger, or the chosen part of it, asked for again with its own ranges. Sessions with
 * rows in quarantine count as covered, so it asks for these too. What the ledger held goes from it when its task ends well.
 */
import type { Clock } from '../config/clock.ts';
import type { AskedRange, RunHandle } from '../fetch/request.ts';
import { startRun } from '../fetch/run.ts';
import type { Calendar } from '../market/calendar.ts';
import { type Code, isCode } from '../market/code.ts';
import { earlier, type IsoDate, isDate, later } from '../market/date.ts';
import { fetchedPeriods, type Period, tableOf } from '../market/period.ts';
import { Problem } from '../market/problem.ts';
import type { FailureClass } from '../source/outcome.ts';
import type { BarsTask, DatasetTask, SourceOptions, Task } from '../source/source.ts';
import { type Database, refuseReadOnly } from '../store/database.ts';
import { type LedgerFailure, readFailures } from '../store/ledger.ts';
import { readQuarantine } from '../store/quarantine.ts';
import { codeOf } from '../store/task-words.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import type { RunLimits } from './fetch.ts';
import { coalesced, type Range } from './holes.ts';
import { withLists } from './named-lists.ts';
import { hasFactors } from './offered.ts';
import { problemOf, resolveCodes } from './resolve.ts';
import { loadCalendar } from './trading-days.ts';

/** What to ask for again: everything, some securities as typed, or entries of the ledger that were picked. */
export type RetryChoice =
  | { readonly kind: 'all'; readonly classes?: readonly FailureClass[]; readonly run?: number }
  | { readonly kind: 'codes'; readonly inputs: readonly string[] }
  | { readonly kind: 'picked'; readonly failures: readonly LedgerFailure[] };

export interface RetryRequest extends RunLimits {
  readonly database: Database;
  readonly clock: Clock;
  readonly source: SourceOptions;
  readonly workers: number;
  /** The command as typed, without secrets. */
  readonly what: string;
  readonly choice: RetryChoice;
}

export interface StartedRetry {
  readonly handle: RunHandle;
  /** Of the given codes, those that had nothing to ask for again. */
  readonly idle: readonly Code[];
}

/** @throws Problem before anything is asked: `usage` for inputs that are no one security, `failed` for a read-only file. */
export async function retryFailures(request: RetryRequest): Promise<StartedRetry> {
  const { choice, ...run } = request;
  const { database, source } = run;
  refuseReadOnly(database, 'fetched into it');
  const catalogue = await loadCatalogue(database);
  const codes = choice.kind === 'codes' ? codesOf(await withLists(choice.inputs, database), catalogue) : null;
  const tasks = await retryTasks(database, source.source, choice, codes, catalogue);
  const asked = askedRanges(tasks);
  const busy = new Set(tasks.map(codeOf));
  const handle = startRun({
    ...run,
    period: tasks.find(task => task.kind === 'bars')?.period ?? 'd',
    prepare: [],
    expected: tasks.length,
    plan: async () => ({ tasks, asked, covered: [], pointless: [] }),
  });
  return { handle, idle: (codes ?? []).filter(code => !busy.has(code)) };
}

function codesOf(inputs: readonly string[], catalogue: Catalogue): readonly Code[] {
  if (inputs.length === 0) {
    throw new Problem('usage', 'no code is given', { next: 'retry 600519, or retry --all' });
  }
  const resolution = resolveCodes(inputs, catalogue);
  const problem = problemOf(resolution);
  if (problem) throw problem;
  return resolution.codes.map(({ code }) => code);
}

/** The tasks of a choice, numbered from 1; only what the same source failed at. */
export async function retryTasks(
  database: Database,
  source: string,
  choice: RetryChoice,
  codes: readonly Code[] | null,
  catalogue: Catalogue,
): Promise<readonly Task[]> {
  const failures = (await chosenFailures(database, choice, codes)).filter(failure => failure.source === source);
  const flawed =
    choice.kind === 'picked' || (choice.kind === 'all' && (choice.classes || choice.run !== undefined))
      ? []
      : await quarantined(database, source, codes, failures);
  const wanted = [...failures.flatMap(barsOf), ...flawed].sort(byCode);
  const bars = wanted.map(({ code, period, from, to }, index): BarsTask => {
    const isLast = wanted[index + 1]?.code !== code;
    const factors = isLast && hasFactors(catalogue.kindOf(code));
    return { kind: 'bars', id: index + 1, code, period, from, to, factors };
  });
  const others = failures
    .filter(failure => periodOf(failure.dataset) === null)
    .map(
      ({ dataset, params }, index): DatasetTask => ({ kind: 'dataset', id: bars.length + index + 1, dataset, params }),
    );
  return [...bars, ...others];
}

async function chosenFailures(
  database: Database,
  choice: RetryChoice,
  codes: readonly Code[] | null,
): Promise<readonly LedgerFailure[]> {
  if (choice.kind === 'picked') return choice.failures;
  if (codes) return readFailures(database, { codes });
  const { classes, run } = choice.kind === 'all' ? choice : {};
  return readFailures(database, { ...(classes ? { classes } : {}), ...(run === undefined ? {} : { run }) });
}

interface WantedBars extends Range {
  readonly code: Code;
  readonly period: Period;
}

function byCode(a: WantedBars, b: WantedBars): number {
  if (a.code !== b.code) return a.code < b.code ? -1 : 1;
  return a.from < b.from ? -1 : a.from > b.from ? 1 : 0;
}

function periodOf(dataset: string): Period | null {
  return fetchedPeriods.find(period => tableOf(period) === dataset) ?? null;
}

function barsOf({ dataset, code, from, to }: LedgerFailure): WantedBars[] {
  const period = periodOf(dataset);
  return period === null || code === null || from === null || to === null ? [] : [{ code, period, from, to }];
}

const manyRows = 1_000_000;

/** Sessions with rows in quarantine, as ranges; without those that lie in a failure's range anyway. */
async function quarantined(
  database: Database,
  source: string,
  codes: readonly Code[] | null,
  failures: readonly LedgerFailure[],
): Promise<WantedBars[]> {
  const rows = await readQuarantine(database, { ...(codes ? { codes } : {}), limit: manyRows });
  if (rows.length === 0) return [];
  const calendar = await loadCalendar(database);
  const days = new Map<string, { readonly code: Code; readonly period: Period; readonly days: Set<IsoDate> }>();
  for (const row of rows) {
    const period = periodOf(row.dataset);
    const day = row.at?.slice(0, 10) ?? '';
    if (row.source !== source || period === null || row.code === null || !isCode(row.code) || !isDate(day)) continue;
    if (!calendar.isOpen(day) || failures.some(failure => holds(failure, row.dataset, row.code, day))) continue;
    const key = `${row.dataset} ${row.code}`;
    const known = days.get(key) ?? { code: row.code, period, days: new Set() };
    days.set(key, known);
    known.days.add(day);
  }
  return [...days.values()].flatMap(group => rangesOf(calendar, group));
}

function holds(
  { dataset, code, from, to }: LedgerFailure,
  table: string,
  wanted: string | null,
  day: IsoDate,
): boolean {
  return dataset === table && code === wanted && from !== null && to !== null && from <= day && day <= to;
}

function rangesOf(
  calendar: Calendar,
  { code, period, days }: { readonly code: Code; readonly period: Period; readonly days: ReadonlySet<IsoDate> },
): WantedBars[] {
  const single = [...days].sort().map(day => ({ from: day, to: day }));
  return coalesced(calendar, single, period).map(range => ({ code, period, ...range }));
}

/** What is asked of each code, over all of its tasks. */
function askedRanges(tasks: readonly Task[]): AskedRange[] {
  const ranges = new Map<Code, AskedRange>();
  for (const task of tasks) {
    if (task.kind !== 'bars') continue;
    const { code, from, to } = task;
    const known = ranges.get(code);
    ranges.set(code, known ? { code, from: earlier(known.from, from), to: later(known.to, to) } : { code, from, to });
  }
  return [...ranges.values()];
}
