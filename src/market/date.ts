/**
 * Calendar dates of Shanghai: `YYYY-MM-DD`, sorted as text, and the arithmetic on them. A date is a day, never an instant:
 * nothing here asks for the time or the host's zone.
 */
import { quoted } from './fold.ts';
import { Problem } from './problem.ts';

declare const dateBrand: unique symbol;
export type IsoDate = string & { readonly [dateBrand]: true };

const msPerDay = 86_400_000;

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days of a month counted from 1. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days since 1970-01-01 of exactly `YYYY-MM-DD` naming a day that exists; `null` for any other text. */
export function parseDays(text: string): number | null {
  if (text.length !== 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return daysOf(year, month, day);
}

/** The number that the digits in `[from, to)` make; −1 where one is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Civil date to days since 1970-01-01, Gregorian throughout (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
export function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Exactly `YYYY-MM-DD` naming a day that exists. */
export function isDate(text: string): text is IsoDate {
  return parseDays(text) !== null;
}

/** @throws Problem `usage` unless the text is exactly `YYYY-MM-DD` and the day exists. */
export function isoDate(text: string): IsoDate {
  if (isDate(text)) return text;
  throw new Problem('usage', `“${quoted(text)}” is no date`, { next: 'dates look like 2024-01-02' });
}

/** Days since 1970-01-01. */
export function toDays(date: IsoDate): number {
  return parseDays(date) ?? Number.NaN;
}

/** The date of a number of days since 1970-01-01; years 1 to 9999. */
export function fromDays(days: number): IsoDate {
  return new Date(days * msPerDay).toISOString().slice(0, 10) as IsoDate;
}

export function addDays(date: IsoDate, days: number): IsoDate {
  return fromDays(toDays(date) + days);
}

/** Moves by whole months; a day that the month lacks becomes its last one (31 January − 11 months = 28 February). */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const total = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months;
  const year = Math.floor(total / 12);
  const month = total - year * 12 + 1;
  return fromDays(daysOf(year, month, Math.min(Number(date.slice(8)), daysInMonth(year, month))));
}

const weekdayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** 1 Monday … 7 Sunday, as ISO 8601 counts. */
export function weekday(date: IsoDate): number {
  return ((((toDays(date) + 3) % 7) + 7) % 7) + 1;
}

/** `Fri`. */
export function weekdayName(date: IsoDate): string {
  return weekdayNames[weekday(date) - 1] as string;
}

export function earlier(a: IsoDate, b: IsoDate): IsoDate {
  return a < b ? a : b;
}

export function later(a: IsoDate, b: IsoDate): IsoDate {
  return a > b ? a : b;
}
