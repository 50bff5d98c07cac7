/**
 * `sync`: after it the data of a universe are complete to the last published session. From what was typed to a run, or to a
 * plan that is only looked at: that one asks at most for catalogue and calendar, stores nothing but the count of these
 * requests, and touches no bar.
 */

import { askOnce } from '../fetch/ask.ts';
import { isBusy, startRun } from '../fetch/run.ts';
import { Calendar } from '../market/calendar.ts';
import { type Code, isCode, readCode } from '../market/code.ts';
import type { Batch } from '../market/columns.ts';
import { addDays, fromDays, type IsoDate, isDate, later } from '../market/date.ts';
import { parseDateArgument, resolveDate } from '../market/date-argument.ts';
import { Problem } from '../market/problem.ts';
import type { Answer, DatasetTask } from '../source/source.ts';
import { refuseReadOnly } from '../store/database.ts';
import { Catalogue, type Instrument, kindFrom, loadCatalogue } from './catalogue.ts';
import { type FetchRequest, firstUnserved, type StartedFetch } from './fetch.ts';
import { withLists } from './named-lists.ts';
import { newsOf } from './news.ts';
import { notServed } from './offered.ts';
import { staleDatasets } from './prepare.ts';
import { problemOf, type ResolvedCode } from './resolve.ts';
import { planSync, type SyncPlan, usualStart } from './sync-plan.ts';
import { loadCalendar } from './trading-days.ts';
import { codesOfUniverse, staleMembers, type Universe } from './universe.ts';

export interface SyncRequest extends Omit<FetchRequest, 'securities'> {
  readonly universe: Universe;
}

/** A login and a logout are messages too: no worker for fewer tasks than these. */
const tasksOfWorker = 8;

/** @throws Problem before anything is asked: `usage` for what is malformed, `failed` for a read-only file. */
export async function syncBars(given: SyncRequest): Promise<StartedFetch> {
  const request = await withListsOf(given);
  checkInputs(request);
  const { database, clock, source, universe } = request;
  refuseReadOnly(database, 'fetched into it', ', or look with sync --plan');
  const news = newsOf(database, universe, request.period);
  const prepare = [
    ...(await staleDatasets(database, clock, source.source)),
    ...(await staleMembers(database, universe, clock, source.source)),
  ];
  let resolved: readonly ResolvedCode[] | null = null;
  const plan = async (): Promise<SyncPlan> => {
    const market = { catalogue: await loadCatalogue(database), calendar: await loadCalendar(database) };
    const planned = await planWith(request, market);
    resolved = planned.resolved;
    return planned.plan;
  };
  // What is wrong with names and dates is told before the run exists, where it can be.
  const stored = prepare.length === 0 || (await hasCatalogue(database));
  const made = stored ? await (prepare.length === 0 ? plan() : plan().catch(() => null)) : null;
  const { universe: _, from: __, to: ___, ...run } = request;
  const workers =
    made === null ? run.workers : Math.min(run.workers, Math.ceil((made.tasks.length + 1) / tasksOfWorker));
  // Nothing can have changed before a run whose turn has come, and that asks for nothing else first.
  const holds = made !== null && prepare.length === 0 && !isBusy(database);
  const handle = startRun({ ...run, workers, prepare, plan: holds ? async () => made : plan });
  return { handle, resolved: () => resolved, news };
}

async function hasCatalogue(database: SyncRequest['database']): Promise<boolean> {
  const { rows } = await database.pool.query('select 1 from instruments limit 1', undefined, { tag: 'catalogue' });
  return rows.length > 0;
}

export interface SyncPreview {
  readonly plan: SyncPlan;
  readonly resolved: readonly ResolvedCode[];
  /** Codes of the universe. */
  readonly codes: number;
  /** Requests that a run makes before it plans; the same were made for this plan. */
  readonly prepare: number;
}

/** The plan of a sync without the sync. @throws Problem as `syncBars` does, and when catalogue or calendar do not come. */
export async function previewSync(given: SyncRequest): Promise<SyncPreview> {
  const request = await withListsOf(given);
  checkInputs(request);
  const { database, clock, source, universe, settings, budget } = request;
  const tasks = [
    ...(await staleDatasets(database, clock, source.source)),
    ...(await staleMembers(database, universe, clock, source.source)),
  ];
  const answers = await askOnce({
    database,
    clock,
    source,
    tasks,
    ...(settings ? { settings } : {}),
    ...(budget === undefined ? {} : { budget }),
  });
  const answered = (dataset: string): Answer | undefined => answerOf(tasks, answers, dataset);
  const stored = { catalogue: await loadCatalogue(database), calendar: await loadCalendar(database) };
  const market = {
    catalogue: catalogueOf(answered('instruments')) ?? stored.catalogue,
    calendar: calendarOf(stored.calendar, answered('calendar')),
  };
  const members = membersOf(answered('index-members'));
  const { plan, resolved, codes } = await planWith(request, market, members);
  const prepare = [...answers.values()].reduce((sum, { requests }) => sum + requests, 0);
  return { plan, resolved, codes, prepare };
}

/** The request with every `@list` replaced by its codes. */
async function withListsOf(request: SyncRequest): Promise<SyncRequest> {
  const { universe, database } = request;
  if (universe.kind !== 'typed') return request;
  return { ...request, universe: { ...universe, inputs: await withLists(universe.inputs, database) } };
}

/** What is wrong by form alone. */
function checkInputs({ source, universe, from, to, clock }: SyncRequest): void {
  if (source.source !== 'baostock') {
    throw new Problem('usage', `bars cannot be fetched from ${source.source} yet`, { next: 'use --source baostock' });
  }
  if (universe.kind === 'typed') {
    const problems = universe.inputs.flatMap(input => {
      const reading = readCode(input);
      if (reading.kind === 'invalid') return [reading.problem];
      const unserved = reading.kind === 'code' ? notServed(source.source, reading.code) : null;
      return unserved ? [unserved] : [];
    });
    const problem = problemOf({ codes: [], problems });
    if (problem) throw problem;
  }
  const [first, last] = [from, to].map(text => (text === undefined ? null : parseDateArgument(text)));
  if (!first || !last || [first, last].some(date => date.kind === 'back' && date.unit === 's')) return;
  const today = clock.today();
  checkOrder(resolveDate(first, { today, edge: 'start' }), resolveDate(last, { today, edge: 'end' }));
}

function checkOrder(from: IsoDate, to: IsoDate): void {
  if (from <= to) return;
  throw new Problem('usage', `the range ends on ${to}, before it starts on ${from}`, {
    next: 'give --from the earlier day',
  });
}

interface StoredMarket {
  readonly catalogue: Catalogue;
  readonly calendar: Calendar;
}

async function planWith(
  { database, clock, source, universe, from: first, to: last, period }: SyncRequest,
  { catalogue, calendar }: StoredMarket,
  members?: readonly Code[],
): Promise<{ plan: SyncPlan; resolved: readonly ResolvedCode[]; codes: number }> {
  const context = { today: clock.today(), sessions: calendar };
  const from = first === undefined ? null : resolveDate(parseDateArgument(first), { ...context, edge: 'start' });
  const to = last === undefined ? null : resolveDate(parseDateArgument(last), { ...context, edge: 'end' });
  if (from !== null && to !== null) checkOrder(from, to);
  const range = { from: from ?? usualStart(clock.today()), to: to ?? clock.today() };
  const { codes, resolved } = await codesOfUniverse(database, universe, catalogue, range, members);
  const unserved = firstUnserved(resolved, source);
  if (unserved) throw unserved;
  const named = universe.kind === 'typed' && !universe.isList;
  const question = { codes, from, to, period, clock, source: source.source, catalogue, calendar, named };
  return { plan: await planSync(database, question), resolved, codes: codes.length };
}

// What a plan stands on, from answers that are not stored

function answerOf(
  tasks: readonly DatasetTask[],
  answers: ReadonlyMap<number, Answer>,
  dataset: string,
): Answer | undefined {
  const task = tasks.find(one => one.dataset === dataset);
  return task && answers.get(task.id);
}

function catalogueOf(answer: Answer | undefined): Catalogue | null {
  if (!answer) return null;
  const instruments = answer.parts.flatMap(({ batch }): Instrument[] => {
    const [codes, names, kinds] = ['code', 'name', 'kind'].map(name => textsOf(batch, name));
    const [listed, delisted] = ['list_date', 'delist_date'].map(name => daysOf(batch, name));
    return (codes ?? []).flatMap((code, row) => {
      if (code === null || !isCode(code)) return [];
      return [
        {
          code,
          name: names?.[row] ?? '',
          pinyin: '',
          kind: kindFrom(kinds?.[row] ?? null, code),
          listed: listed?.[row] ?? null,
          delisted: delisted?.[row] ?? null,
        },
      ];
    });
  });
  return new Catalogue(instruments);
}

function calendarOf(stored: Calendar, answer: Answer | undefined): Calendar {
  if (!answer) return stored;
  const days = new Map<IsoDate, boolean>();
  if (stored.first !== null && stored.last !== null) {
    for (let day = stored.first; day <= stored.last; day = addDays(day, 1)) days.set(day, stored.isOpen(day));
  }
  for (const { batch } of answer.parts) {
    const dates = daysOf(batch, 'date');
    const open = batch.columns.is_open;
    for (const [row, date] of dates.entries()) {
      if (date !== null) days.set(date, open?.kind === 'flag' && open.values[row] === 1);
    }
  }
  return new Calendar([...days].map(([date, isOpen]) => ({ date, isOpen })));
}

/** Of the newest list. */
function membersOf(answer: Answer | undefined): readonly Code[] | undefined {
  if (!answer) return undefined;
  const rows = answer.parts.flatMap(({ batch }) => {
    const days = daysOf(batch, 'valid_from');
    return textsOf(batch, 'code').map((code, row) => ({ code, day: days[row] ?? null }));
  });
  const newest = rows.reduce<IsoDate | null>(
    (found, { day }) => (day && found ? later(day, found) : (day ?? found)),
    null,
  );
  return rows.flatMap(({ code, day }) => (code !== null && isCode(code) && day === newest ? [code] : [])).sort();
}

function textsOf(batch: Batch, name: string): readonly (string | null)[] {
  const column = batch.columns[name];
  return column?.kind === 'text' ? column.values : [];
}

function daysOf(batch: Batch, name: string): readonly (IsoDate | null)[] {
  const column = batch.columns[name];
  if (column?.kind !== 'date') return [];
  return [...column.values].map((day, row) => {
    if (column.valid?.[row] === 0) return null;
    const date = fromDays(day);
    return isDate(date) ? date : null;
  });
}
