/**
 * By date or by code: which sessions to ask for once for the whole market, and which holes code by code. Measured by the time
 * that the answers take (0.16 s and more for a page of one code, about 2 s for a day of 5,200 codes, as seen by users of the
 * provider) with something on top for each request, since these are numbered.
 */
import type { Calendar } from '../market/calendar.ts';
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import { barsPerSession, coalesced, type Range } from './holes.ts';

/** Codes that miss the same. */
export interface HoleGroup<T> {
  readonly members: readonly T[];
  readonly holes: readonly Range[];
}

export const pageSeconds = 0.2;
const rowSeconds = 0.00035;
/** What a request weighs beside its time, in seconds. */
const requestWeight = 0.1;
const pageRows = 2_000;
/** Candidates that are compared. */
const mostCandidates = 8;

/** Seconds of an answer with a day of the whole market. */
export function daySeconds(marketSize: number): number {
  return pageSeconds + marketSize * rowSeconds;
}

/** Requests of a range of one code. A full page asks for the next. */
export function pagesOf(calendar: Calendar, { from, to }: Range, period: Period): number {
  return Math.floor((calendar.countBetween(from, to) * barsPerSession(period)) / pageRows) + 1;
}

export function groupedByHoles<T>(items: readonly T[], holesOf: (item: T) => readonly Range[]): HoleGroup<T>[] {
  const groups = new Map<string, { members: T[]; holes: readonly Range[] }>();
  for (const item of items) {
    const holes = holesOf(item);
    if (holes.length === 0) continue;
    const key = holes.map(({ from, to }) => `${from}${to}`).join();
    const known = groups.get(key);
    if (known) known.members.push(item);
    else groups.set(key, { members: [item], holes });
  }
  return [...groups.values()];
}

/**
 * The sessions to ask for by date: those that at least so many codes miss that asking for them costs less than asking each
 * code. The number of codes is found by trying the likely ones.
 */
export function daysByDate<T>(
  calendar: Calendar,
  groups: readonly HoleGroup<T>[],
  marketSize: number,
): ReadonlySet<IsoDate> {
  const missing = missingBySession(calendar, groups);
  const counts = [...new Set(missing.values())].sort((a, b) => b - a);
  const step = Math.max(1, Math.ceil(counts.length / mostCandidates));
  const cost = (days: ReadonlySet<IsoDate>): number =>
    days.size * (daySeconds(marketSize) + requestWeight) +
    groups.reduce(
      (sum, { members, holes }) => sum + members.length * codeCost(calendar, without(calendar, holes, days)),
      0,
    );
  let best: { readonly days: ReadonlySet<IsoDate>; readonly cost: number } = { days: new Set(), cost: cost(new Set()) };
  for (let index = 0; index < counts.length; index += step) {
    const least = counts[index] as number;
    const days = new Set([...missing].flatMap(([day, count]) => (count >= least ? [day] : [])));
    const total = cost(days);
    if (total < best.cost) best = { days, cost: total };
  }
  return best.days;
}

function codeCost(calendar: Calendar, holes: readonly Range[]): number {
  return coalesced(calendar, holes, 'd').reduce(
    (sum, hole) => sum + pagesOf(calendar, hole, 'd') * (pageSeconds + requestWeight),
    0,
  );
}

function missingBySession<T>(calendar: Calendar, groups: readonly HoleGroup<T>[]): Map<IsoDate, number> {
  const starts = new Map<IsoDate, number>();
  const ends = new Map<IsoDate, number>();
  let first: IsoDate | null = null;
  let last: IsoDate | null = null;
  for (const { members, holes } of groups) {
    for (const { from, to } of holes) {
      starts.set(from, (starts.get(from) ?? 0) + members.length);
      ends.set(to, (ends.get(to) ?? 0) + members.length);
      if (first === null || from < first) first = from;
      if (last === null || to > last) last = to;
    }
  }
  const missing = new Map<IsoDate, number>();
  if (first === null || last === null) return missing;
  let open = 0;
  for (const day of calendar.sessionsBetween(first, last)) {
    open += starts.get(day) ?? 0;
    if (open > 0) missing.set(day, open);
    open -= ends.get(day) ?? 0;
  }
  return missing;
}

/** The holes less some sessions, which may cut them into pieces. */
export function without(calendar: Calendar, holes: readonly Range[], days: ReadonlySet<IsoDate>): Range[] {
  if (days.size === 0) return [...holes];
  const pieces: Range[] = [];
  for (const { from, to } of holes) {
    let start: IsoDate | null = null;
    let end: IsoDate | null = null;
    const close = (): void => {
      if (start !== null && end !== null) pieces.push({ from: start, to: end });
      start = null;
    };
    for (const day of calendar.sessionsBetween(from, to)) {
      if (days.has(day)) {
        close();
      } else {
        start ??= day;
        end = day;
      }
    }
    close();
  }
  return pieces;
}
