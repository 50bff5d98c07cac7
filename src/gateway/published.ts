/**
 * What is out at a moment. Rows of later days are empty successes, as with the provider: daily bars from 17:30 of their
 * day, factors from 18:00, minutes from 20:00 (Shanghai). `until` replaces that by a last day, or by one time of day.
 */
import type { Clock } from '../config/clock.ts';
import type { Known } from './market.ts';

export type PublishedUntil =
  | { readonly kind: 'rule' }
  | { readonly kind: 'date'; readonly date: string }
  | { readonly kind: 'time'; readonly minute: number };

const dailyAt = 17 * 60 + 30;
const factorsAt = 18 * 60;
const minutesAt = 20 * 60;

/** `2026-11-19` or `17:30`; null for anything else. */
export function parsePublishedUntil(text: string): PublishedUntil | null {
  const time = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (time) return { kind: 'time', minute: Number(time[1]) * 60 + Number(time[2]) };
  const date = asDate(text);
  return date ? { kind: 'date', date } : null;
}

export function knownAt(clock: Clock, until: PublishedUntil): Known {
  const today: string = clock.today();
  const minute = clock.minuteOfDay();
  const yesterday = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
  const out = (at: number) => {
    const day = minute >= (until.kind === 'time' ? until.minute : at) ? today : yesterday;
    return until.kind === 'date' && until.date < day ? until.date : day;
  };
  return { today, daily: out(dailyAt), factors: out(factorsAt), minutes: out(minutesAt) };
}

/** A date as the provider reads it, `2024-1-2` included, as `YYYY-MM-DD`; null where there is no such day. */
export function asDate(text: string): string | null {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (!match) return null;
  const date = `${match[1]}-${match[2]?.padStart(2, '0')}-${match[3]?.padStart(2, '0')}`;
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? null : date;
}
