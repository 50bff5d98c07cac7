/**
 * Which adjustment factors have to be asked for: the whole history of a code that never was, and for the others the sessions
 * that went by since, one request a session for the whole market. Factors of a session are out at 18:00 of its day.
 */
import type { Clock } from '../config/clock.ts';
import type { Calendar } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import { addDays, type IsoDate, isDate } from '../market/date.ts';
import type { SourceName } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { readRefreshed } from '../store/refreshed.ts';
import { dateValue, readDate } from '../store/values.ts';
import type { Catalogue } from './catalogue.ts';
import { hasFactors } from './offered.ts';

export interface FactorsDue {
  /** Codes whose whole history is asked for. */
  readonly histories: ReadonlySet<Code>;
  /** Sessions asked for by date. */
  readonly days: readonly IsoDate[];
}

/** Minute of the day in Shanghai: 18:00 (Baostock's documentation). */
const factorMinute = 18 * 60;
/** Where few codes are behind, one that is further behind than this is asked by itself. */
const mostDays = 60;
/** Sessions with a factor of our own making are asked for again, but not for ever. */
const unconfirmedDays = 14;

export async function factorsDue(
  database: Database,
  codes: readonly Code[],
  market: {
    readonly catalogue: Catalogue;
    readonly calendar: Calendar;
    readonly clock: Clock;
    readonly source: SourceName;
  },
): Promise<FactorsDue> {
  const { catalogue, calendar, clock, source } = market;
  const last = sessionWithFactors(calendar, clock.today(), clock.minuteOfDay());
  if (last === null) return { histories: new Set(), days: [] };
  const { byCode, byDate } = await asked(database, source);
  const unconfirmed = await unconfirmedDaysOf(database, clock);
  const histories = new Set<Code>();
  const behind = new Map<Code, readonly IsoDate[]>();
  for (const code of codes) {
    const instrument = catalogue.get(code);
    if (!hasFactors(catalogue.kindOf(code))) continue;
    const at = byCode.get(code);
    if (at === undefined) {
      histories.add(code);
      continue;
    }
    const knownTo = sessionWithFactors(calendar, ...shanghai(at));
    const from = knownTo === null ? last : addDays(knownTo, 1);
    const end = instrument?.delisted && instrument.delisted < last ? instrument.delisted : last;
    const days = calendar
      .sessionsBetween(from, end)
      .filter(day => !byDate.has(day) || (unconfirmed.has(day) && day <= last));
    if (days.length > 0) behind.set(code, days);
  }
  for (const most of [Number.POSITIVE_INFINITY, mostDays]) {
    for (const [code, days] of behind) {
      if (days.length <= most) continue;
      histories.add(code);
      behind.delete(code);
    }
    const days = new Set([...behind.values()].flat());
    if (days.size <= behind.size) return { histories, days: [...days].sort() };
  }
  return { histories: new Set([...histories, ...behind.keys()]), days: [] };
}

/** The last session whose factors are out at a time of a day. */
function sessionWithFactors(calendar: Calendar, day: IsoDate, minute: number): IsoDate | null {
  return minute >= factorMinute ? calendar.sessionOnOrBefore(day) : calendar.sessionBefore(day);
}

function shanghai(ms: number): [day: IsoDate, minute: number] {
  const text = new Date(ms + 8 * 3_600_000).toISOString();
  return [text.slice(0, 10) as IsoDate, Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16))];
}

async function asked(
  database: Database,
  source: SourceName,
): Promise<{ readonly byCode: ReadonlyMap<string, number>; readonly byDate: ReadonlySet<string> }> {
  const byCode = new Map<string, number>();
  const byDate = new Set<string>();
  for (const what of ['adj_factors', 'factors']) {
    for (const { params, at, source: from } of await readRefreshed(database, what)) {
      const { code, date } = params;
      if (from !== source) continue;
      if (date !== undefined && isDate(date)) byDate.add(date);
      else if (code !== undefined && params.from === undefined) byCode.set(code, Math.max(at, byCode.get(code) ?? 0));
    }
  }
  return { byCode, byDate };
}

async function unconfirmedDaysOf(database: Database, clock: Clock): Promise<ReadonlySet<string>> {
  const { rows } = await database.pool.query(
    `select distinct ex_date from adj_factors where status = 'provisional' and ex_date >= $since`,
    { since: dateValue(addDays(clock.today(), -unconfirmedDays)) },
    { tag: 'factors' },
  );
  return new Set(rows.flatMap(([day]) => readDate(day) ?? []));
}
