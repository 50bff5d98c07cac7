/**
 * Ranges of sessions and what is missing in them. A hole begins and ends on a session and holds no covered one. Neighbouring
 * holes become one where one request then does what took two.
 */
import type { Calendar } from '../market/calendar.ts';
import { addDays, type IsoDate, later } from '../market/date.ts';
import type { Period } from '../market/period.ts';

export interface Range {
  readonly from: IsoDate;
  readonly to: IsoDate;
}

/** Rows of a page that every client version keeps to (Baostock's client since 0.9.2). */
const pageRows = 2_000;

/** Bars of a full session: 240 minutes of trading. */
export function barsPerSession(period: Period): number {
  return period === 'd' ? 1 : 240 / Number(period);
}

/** The range from its first session to its last; `null` where it has none. */
export function ontoSessions(calendar: Calendar, { from, to }: Range): Range | null {
  const first = calendar.sessionOnOrAfter(from);
  const last = calendar.sessionOnOrBefore(to);
  return first !== null && last !== null && first <= last ? { from: first, to: last } : null;
}

/** The holes that covered ranges leave in a range, ascending. */
export function holesIn(calendar: Calendar, range: Range, covered: readonly Range[]): Range[] {
  const holes: Range[] = [];
  let from = range.from;
  const add = (to: IsoDate): void => {
    const hole = from <= to ? ontoSessions(calendar, { from, to }) : null;
    if (hole) holes.push(hole);
  };
  for (const { from: start, to: end } of [...covered].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    if (start > range.to) break;
    add(addDays(start, -1));
    from = later(from, addDays(end, 1));
  }
  add(range.to);
  return holes;
}

/** Joins neighbouring holes where that takes fewer requests than asking for each. */
export function coalesced(calendar: Calendar, holes: readonly Range[], period: Period): Range[] {
  const pages = ({ from, to }: Range): number =>
    Math.max(1, Math.ceil((calendar.countBetween(from, to) * barsPerSession(period)) / pageRows));
  const joined: Range[] = [];
  for (const hole of holes) {
    const before = joined.at(-1);
    const both = before && { from: before.from, to: hole.to };
    if (before && both && pages(both) < pages(before) + pages(hole)) joined[joined.length - 1] = both;
    else joined.push(hole);
  }
  return joined;
}
