/**
 * A day of the whole market in one answer. Nothing in it says that it is whole: on the evening of the session it may hold
 * only what was published so far. So it is measured by the codes that should be in it and by those of the session before,
 * and an answer with far fewer of them is a failure that stores nothing.
 */
import type { Clock } from '../config/clock.ts';
import { published } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import type { Batch, Column } from '../market/columns.ts';
import { type IsoDate, isDate } from '../market/date.ts';
import type { Outcome } from '../source/outcome.ts';
import type { Answer, DatasetTask, Part, Task } from '../source/source.ts';
import type { Market } from './classify.ts';

/** Of the codes that should be there; suspended ones have rows too, and few come or go from one session to the next. */
const enough = 0.9;

export async function judgeDay(
  { params }: DatasetTask,
  answer: Answer,
  market: Market,
  clock: Clock,
  expected: ReadonlySet<Code>,
): Promise<Outcome> {
  const date = params.date ?? '';
  const rows = answer.parts.reduce((sum, { batch }) => sum + batch.rows, 0);
  const came = codesOf(answer.parts);
  if (!isDate(date) || market.calendar.size === 0) return { class: 'ok', rows };
  const last = published(market.calendar, 'd', clock);
  const newest = last === null || date >= last;
  if (came.size === 0 && market.calendar.knows(date) && !market.calendar.isOpen(date)) {
    return { class: 'ok-empty', reason: 'no-sessions' };
  }
  if (came.size === 0 && newest) return { class: 'ok-empty', reason: 'not-published' };
  if (came.size === 0 && params.kind === 'etf') return { class: 'ok-empty', reason: 'no-events' };
  const { there, wanted } = await measured(date, params.kind, came, market, expected);
  if (came.size > 0 && there >= enough * wanted) return { class: 'ok', rows };
  const why = newest ? 'the day is not published in full yet' : 'so it is not the whole day';
  return {
    class: 'bad-data',
    message: `The provider sent bars of ${grouped(there)} of ${grouped(wanted)} codes for ${date}: ${why}, and nothing of it is stored.`,
  };
}

/** The worse of two measures: the codes that the plan expects, and those that are stored of the session before. */
async function measured(
  date: IsoDate,
  kind: string | undefined,
  came: ReadonlySet<string>,
  market: Market,
  expected: ReadonlySet<Code>,
): Promise<{ readonly there: number; readonly wanted: number }> {
  const before = market.calendar.sessionBefore(date);
  const stored = before && market.storedOn ? await market.storedOn(before) : new Set<string>();
  const still = [...stored].filter(code => {
    const listing = market.listings.get(code as Code);
    if (!listing || (listing.delisted !== null && listing.delisted <= date)) return false;
    return kind === undefined ? listing.kind === 'stock' || listing.kind === 'etf' : listing.kind === kind;
  });
  const measure = (codes: readonly string[]) => ({
    there: codes.filter(code => came.has(code)).length,
    wanted: codes.length,
  });
  const measures = [measure(still), measure([...expected])].filter(({ wanted }) => wanted > 0);
  const [first, second] = measures;
  if (!first) return { there: came.size, wanted: 0 };
  return second && second.there * first.wanted < first.there * second.wanted ? second : first;
}

function codesOf(parts: readonly Part[]): Set<string> {
  const codes = new Set<string>();
  for (const { batch, rejected } of parts) {
    const { code } = batch.columns;
    if (code?.kind === 'text') for (const value of code.values) if (value !== null) codes.add(value);
    for (const row of rejected) if (row.code !== null) codes.add(row.code);
  }
  return codes;
}

/** The parts of an answer for the whole market with the rows of these codes alone; other tasks' parts as they are. */
export function keptParts(
  task: Task,
  parts: readonly Part[],
  keeps: ((code: string) => boolean) | undefined,
): readonly Part[] {
  if (!keeps || task.kind !== 'dataset' || task.dataset !== 'day-bars') return parts;
  return parts.map(({ table, batch, rejected }) => ({
    table,
    batch: rowsOf(batch, keeps),
    rejected: rejected.filter(({ code }) => code === null || keeps(code)),
  }));
}

function rowsOf(batch: Batch, keeps: (code: string) => boolean): Batch {
  const { code } = batch.columns;
  if (code?.kind !== 'text') return batch;
  const rows = code.values.flatMap((value, row) => (value !== null && keeps(value) ? [row] : []));
  if (rows.length === batch.rows) return batch;
  const columns = Object.entries(batch.columns).map(([name, column]) => [name, picked(column, rows)] as const);
  return { rows: rows.length, columns: Object.fromEntries(columns) };
}

function picked(column: Column, rows: readonly number[]): Column {
  if (column.kind === 'text') return { kind: 'text', values: rows.map(row => column.values[row] ?? null) };
  const { values, valid } = column;
  const chosen = new (values.constructor as new (length: number) => typeof values)(rows.length);
  for (const [index, row] of rows.entries()) chosen[index] = values[row] as never;
  const flags = valid && Uint8Array.from(rows, row => valid[row] ?? 0);
  return { kind: column.kind, values: chosen, valid: flags } as Column;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
