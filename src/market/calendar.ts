/**
 * The trading calendar: which days have a session, and steps between sessions. It knows a range of days and says so;
 * beyond it nothing is known, neither open nor closed. Weekday rules are never used: they are wrong both ways.
 */
import type { Clock } from '../config/clock.ts';
import { addDays, fromDays, type IsoDate, toDays } from './date.ts';
import type { Period } from './period.ts';

export interface CalendarDay {
  readonly date: IsoDate;
  readonly isOpen: boolean;
}

/** A calendar in its shortest form. */
export interface KnownSessions {
  readonly first: IsoDate;
  readonly last: IsoDate;
  /** Open days, in days since 1970-01-01. */
  readonly open: Iterable<number>;
}

export class Calendar {
  /** Open days, ascending, in days since 1970-01-01. */
  readonly #open: Int32Array;
  /** First and last day the calendar speaks of; `null` when it is empty. */
  readonly first: IsoDate | null;
  readonly last: IsoDate | null;

  /** Days in any order, each once; a day inside the range that is not given counts as closed. */
  constructor(days: Iterable<CalendarDay> | KnownSessions) {
    const known = 'open' in days ? days : knownSessions(days);
    this.#open = Int32Array.from(known?.open ?? []).sort();
    this.first = known?.first ?? null;
    this.last = known?.last ?? null;
  }

  /** All sessions known. */
  get size(): number {
    return this.#open.length;
  }

  knows(date: IsoDate): boolean {
    return this.first !== null && this.last !== null && date >= this.first && date <= this.last;
  }

  isOpen(date: IsoDate): boolean {
    const day = toDays(date);
    return this.#open[this.#indexFrom(day)] === day;
  }

  /** Sessions from `from` to `to`, both included. */
  sessionsBetween(from: IsoDate, to: IsoDate): IsoDate[] {
    return Array.from(this.#open.subarray(this.#indexFrom(toDays(from)), this.#indexFrom(toDays(to) + 1)), fromDays);
  }

  countBetween(from: IsoDate, to: IsoDate): number {
    return Math.max(0, this.#indexFrom(toDays(to) + 1) - this.#indexFrom(toDays(from)));
  }

  /** The last session on or before a day. */
  sessionOnOrBefore(date: IsoDate): IsoDate | null {
    return this.#at(this.#indexFrom(toDays(date) + 1) - 1);
  }

  sessionOnOrAfter(date: IsoDate): IsoDate | null {
    return this.#at(this.#indexFrom(toDays(date)));
  }

  sessionBefore(date: IsoDate): IsoDate | null {
    return this.#at(this.#indexFrom(toDays(date)) - 1);
  }

  sessionAfter(date: IsoDate): IsoDate | null {
    return this.#at(this.#indexFrom(toDays(date) + 1));
  }

  /** The `back`-th session before the last one on or before `date`; 0 is that one itself. */
  sessionBack(date: IsoDate, back: number): IsoDate | null {
    return this.#at(this.#indexFrom(toDays(date) + 1) - 1 - back);
  }

  #at(index: number): IsoDate | null {
    const day = this.#open[index];
    return day === undefined ? null : fromDays(day);
  }

  /** Index of the first session on or after a day. */
  #indexFrom(day: number): number {
    let low = 0;
    let high = this.#open.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#open[middle] as number) < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function knownSessions(days: Iterable<CalendarDay>): KnownSessions | null {
  const open = new Set<number>();
  let first: IsoDate | null = null;
  let last: IsoDate | null = null;
  for (const { date, isOpen } of days) {
    if (first === null || date < first) first = date;
    if (last === null || date > last) last = date;
    if (isOpen) open.add(toDays(date));
  }
  return first !== null && last !== null ? { first, last, open } : null;
}

/** Minute of the day in Shanghai from which a session's bars are out: 17:30 daily, 20:00 minutes (Baostock's documentation). */
export function publicationMinute(period: Period): number {
  return period === 'd' ? 17 * 60 + 30 : 20 * 60;
}

/**
 * The last session whose bars are published, never beyond the calendar's end; `null` when none is. What lies after it is
 * unknown, not missing.
 */
export function published(calendar: Calendar, period: Period, clock: Clock): IsoDate | null {
  const today = clock.today();
  const upTo = clock.minuteOfDay() >= publicationMinute(period) ? today : addDays(today, -1);
  return calendar.sessionOnOrBefore(upTo);
}
