/**
 * The accounts of an invented company: profit, revenue, equity and the like of any quarter, made from its key. What a bar's
 * valuation divides by and what the seasonal reports show are the same numbers. Money is in yuan.
 */

import { between, chance, exp2, hash, walk, whole } from '../chance.ts';
import { dateOf, dayNumber } from './calendar.ts';
import type { Listing } from './listing.ts';
import { yuan } from './rules.ts';

/** Quarters counted from year 0: 2024 Q1 is 2024 × 4. */
export type Quarter = number;

export function quarterOf(year: number, quarter: number): Quarter {
  return year * 4 + quarter - 1;
}

const quarterEnds = ['03-31', '06-30', '09-30', '12-31'] as const;

export function quarterEnd(quarter: Quarter): string {
  return `${Math.floor(quarter / 4)}-${quarterEnds[quarter % 4]}`;
}

export interface Accounts {
  /** Since the year's first day. */
  readonly profit: number;
  readonly revenue: number;
  /** Of the last four quarters. */
  readonly profitTtm: number;
  readonly revenueTtm: number;
  readonly cashFlowTtm: number;
  /** At the quarter's end. */
  readonly equity: number;
  readonly assets: number;
  /** Of revenue. */
  readonly grossMargin: number;
}

/** Share of a year's profit and revenue that has been earned by the end of each quarter. */
const earned = [0.22, 0.47, 0.73, 1] as const;

function base(listing: Listing): { profit: number; revenue: number; equity: number; leverage: number } {
  const { key } = listing;
  const cap = (listing.endPrice / yuan) * listing.shares;
  const finance = /^J/.test(listing.industry);
  const loses = listing.labels.length > 0 || (!listing.famous && chance(key, 400) < 0.08);
  const profit = (cap / between(key, 401, finance ? 5 : 14, finance ? 14 : 60)) * (loses ? -0.6 : 1);
  const margin = between(key, 402, finance ? 0.2 : 0.04, finance ? 0.4 : 0.24);
  return {
    profit,
    revenue: Math.abs(profit) / margin,
    equity: cap / between(key, 403, finance ? 0.5 : 1.2, finance ? 1.6 : 6),
    leverage: finance ? between(key, 404, 6, 13) : between(key, 404, 1.2, 3.4),
  };
}

function annual(listing: Listing, year: number, what: number): number {
  const growth = between(listing.key, 410 + what, -0.02, 0.16) * (year - 2026);
  return exp2(growth + 0.11 * walk(hash(listing.key, 420 + what), year) + 0.05 * chance(hash(listing.key, year), what));
}

export function accountsOf(listing: Listing, quarter: Quarter): Accounts {
  const start = base(listing);
  const year = Math.floor(quarter / 4);
  const part = earned[quarter % 4] as number;
  const toDate = (amount: number, what: number) => {
    const now = amount * annual(listing, year, what);
    const before = amount * annual(listing, year - 1, what);
    return { now: Math.round(now * part), ttm: Math.round(before - before * part + now * part) };
  };
  const profit = toDate(start.profit, 1);
  const revenue = toDate(start.revenue, 2);
  const equity = Math.round(start.equity * annual(listing, year, 3) * (1 + 0.03 * part));
  return {
    profit: profit.now,
    revenue: revenue.now,
    profitTtm: profit.ttm,
    revenueTtm: revenue.ttm,
    cashFlowTtm: Math.round(profit.ttm * between(hash(listing.key, quarter), 430, -1.2, 2.4)),
    equity,
    assets: Math.round(equity * start.leverage),
    grossMargin: between(listing.key, 431, 0.12, 0.7),
  };
}

/** The day on which a quarter's report is published: annual and first reports by 30 April, the others by 31 August and 31 October. */
export function publishedOn(listing: Listing, quarter: Quarter): string {
  const year = Math.floor(quarter / 4);
  const seed = hash(listing.key, quarter);
  const [from, days] = (
    [
      [`${year}-04-16`, 14],
      [`${year}-08-05`, 26],
      [`${year}-10-15`, 16],
      [`${year + 1}-03-10`, 51],
    ] as const
  )[quarter % 4] as readonly [string, number];
  return dateOf(dayNumber(from) + whole(seed, 440, 0, days));
}

/** The newest quarter whose report is out on a date. */
export function knownQuarter(listing: Listing, date: string): Quarter {
  const year = Number(date.slice(0, 4));
  for (let quarter = quarterOf(year, 3); ; quarter--) {
    if (publishedOn(listing, quarter) <= date) {
      const next = quarter + 1;
      return next % 4 === 0 && publishedOn(listing, next) <= date ? next : quarter;
    }
  }
}
