/**
 * The sessions of the exchanges in Shanghai and Shenzhen. From 2021 to 2026 the closed days are those that the exchanges
 * announced; before, the holidays follow the rule of their time without the shifted days of single years.
 */

/** Closed days from Monday to Friday, as announced. */
const announced: Readonly<Record<number, string>> = {
  2021: '01-01 02-11 02-12 02-15 02-16 02-17 04-05 05-03 05-04 05-05 06-14 09-20 09-21 10-01 10-04 10-05 10-06 10-07',
  2022: '01-03 01-31 02-01 02-02 02-03 02-04 04-04 04-05 05-02 05-03 05-04 06-03 09-12 10-03 10-04 10-05 10-06 10-07',
  2023: '01-02 01-23 01-24 01-25 01-26 01-27 04-05 05-01 05-02 05-03 06-22 06-23 09-29 10-02 10-03 10-04 10-05 10-06',
  2024: '01-01 02-09 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07',
  2025: '01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08',
  2026: '01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07',
};

/** First day of the lunar year, from 1991. */
const lunarNewYear =
  '02-15 02-04 01-23 02-10 01-31 02-19 02-07 01-28 02-16 02-05 01-24 02-12 02-01 01-22 02-09 01-29 02-18 02-07 01-26 02-14 02-03 01-23 02-10 01-31 02-19 02-08 01-28 02-16 02-05 01-25'.split(
    ' ',
  );

const dayMs = 86_400_000;

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export function dayNumber(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) / dayMs;
}

/** `YYYY-MM-DD` of days since 1970-01-01. */
export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** 0 Sunday … 6 Saturday. */
export function weekday(day: number): number {
  return (day + 4) % 7;
}

function closedDays(year: number): Set<number> {
  const listed = announced[year];
  if (listed) return new Set(listed.split(' ').map(day => dayNumber(`${year}-${day}`)));
  const closed = new Set<number>();
  const close = (from: string, days: number) => {
    for (let i = 0; i < days; i++) closed.add(dayNumber(`${year}-${from}`) + i);
  };
  close('01-01', 1);
  const spring = lunarNewYear[year - 1991];
  if (spring) {
    const first = dayNumber(`${year}-${spring}`) - (year < 2000 ? 0 : 1);
    for (let i = 0; i < (year < 2000 ? 4 : 8); i++) closed.add(first + i);
  }
  if (year >= 2008) close('04-05', 1);
  close('05-01', year >= 2000 && year < 2008 ? 7 : year < 2000 ? 1 : 3);
  close('10-01', year < 1999 ? 2 : 7);
  return closed;
}

export interface Calendar {
  /** First and last calendar day known, as day numbers. */
  readonly firstDay: number;
  readonly lastDay: number;
  /** Dates of the sessions, ascending. */
  readonly sessions: readonly string[];
  isOpen(date: string): boolean;
  /** Position of the first session on or after the date; `sessions.length` when there is none. */
  from(date: string): number;
  /** Position of the last session on or before the date; -1 when there is none. */
  upTo(date: string): number;
}

/** The calendar from one date to another, both included. */
export function makeCalendar(first: string, last: string): Calendar {
  const firstDay = dayNumber(first);
  const lastDay = dayNumber(last);
  const sessions: string[] = [];
  let year = 0;
  let closed = new Set<number>();
  for (let day = firstDay; day <= lastDay; day++) {
    const date = dateOf(day);
    if (Number(date.slice(0, 4)) !== year) {
      year = Number(date.slice(0, 4));
      closed = closedDays(year);
    }
    const dayOfWeek = weekday(day);
    if (dayOfWeek !== 0 && dayOfWeek !== 6 && !closed.has(day)) sessions.push(date);
  }
  const from = (date: string) => lowerBound(sessions, date);
  const isOpen = (date: string) => sessions[from(date)] === date;
  return { firstDay, lastDay, sessions, from, isOpen, upTo: date => (isOpen(date) ? from(date) : from(date) - 1) };
}

/** Position of the first entry that is not less than `value` in an ascending list. */
export function lowerBound(list: readonly string[], value: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
