/**
 * The prices of one security, for any session alone. The close is a level (a walk of the market plus one of its own) times
 * a scale that changes only at events: the first session, ex-dates, days at the limit, jumps, the session after a
 * suspension. Between events a step is so bounded that it cannot pass the price limit. A life costs a few hundred hashes;
 * closes cost two walks each. All prices are integers of 0.0001 yuan.
 */

import { between, chance, exp2, hash, walk, whole } from '../chance.ts';
import { type Calendar, lowerBound } from './calendar.ts';
import { isSt, isSuspended, type Listing, suspensionAt } from './listing.ts';
import { freeSessions, limitOf, limitPrice, yuan } from './rules.ts';

/** The market's own level, in log2, for every session; index -1 is the session before the first (at position 0). */
export interface MarketLevel {
  readonly calendar: Calendar;
  readonly lastSession: number;
  at(session: number): number;
}

const stepOfMarket = 0.009 * Math.LOG2E;

export function makeMarketLevel(seed: number, calendar: Calendar, lastSession: number): MarketLevel {
  const key = hash(seed, 42);
  const levels = Float64Array.from(
    { length: lastSession + 2 },
    (_, i) => stepOfMarket * walk(key, i) + 0.00012 * (i - lastSession),
  );
  return { calendar, lastSession, at: session => levels[session + 1] as number };
}

export interface ExDate {
  readonly session: number;
  /** Cash for ten shares before tax, in 0.01 yuan. */
  readonly cashOnTen: number;
  /** New shares for ten. */
  readonly bonusOnTen: number;
  readonly closeBefore: number;
  readonly preclose: number;
  /** Product of close before / preclose of all ex-dates up to this one, unrounded. */
  readonly back: number;
  /** Total shares from this session on. */
  readonly shares: number;
}

export interface Life {
  readonly listing: Listing;
  readonly exDates: readonly ExDate[];
  close(session: number): number;
  preclose(session: number): number;
  /** Lowest and highest price allowed at a session against its preclose; null where none is set. */
  limits(session: number, preclose: number): readonly [number, number] | null;
  /** Total shares at a session. */
  shares(session: number): number;
}

type EventKind = 'first' | 'ex' | 'limit' | 'jump' | 'resume' | 'farewell';

interface Planned {
  readonly session: number;
  readonly kind: EventKind;
  readonly seed: number;
}

export function makeLife(listing: Listing, market: MarketLevel): Life {
  const plan = planEvents(listing, market);
  const level = (session: number) =>
    exp2(listing.beta * market.at(session) + listing.sigma * walk(listing.key, session + 1));
  const start = listing.endPrice / level(listing.span.to);
  const trial = build(listing, market, plan, level, start);
  const life = build(listing, market, plan, level, (start * listing.endPrice) / trial.close(listing.span.to));
  return life;
}

function planEvents(listing: Listing, market: MarketLevel): Planned[] {
  const { span, key } = listing;
  const events = new Map<number, Planned>();
  const add = (session: number, kind: EventKind, seed: number) => {
    if (session >= span.from && session <= span.to && !events.has(session))
      events.set(session, { session, kind, seed });
  };
  if (listing.kind !== 'stock') return [];
  if (listing.fresh) add(span.from, 'first', hash(key, 200));
  const farewell = listing.labels.find(({ label }) => label === '退市');
  if (farewell) add(farewell.from, 'farewell', hash(key, 201));
  for (const suspension of listing.suspensions) add(suspension.to + 1, 'resume', hash(key, 3000 + suspension.to));

  const quiet = (session: number) =>
    session > span.from + 6 &&
    session < span.to - 40 &&
    !isSuspended(listing, session) &&
    !isSuspended(listing, session - 1) &&
    !events.has(session);
  const { sessions } = market.calendar;
  const lastYear = Number((sessions[span.to] as string).slice(0, 4));
  for (let year = Number((sessions[span.from] as string).slice(0, 4)); year <= lastYear; year++) {
    const seed = hash(key, year);
    if (listing.labels.length === 0 && chance(seed, 1) < 0.75) {
      const session = lowerBound(sessions, `${year}-05-20`) + whole(seed, 2, 0, 48);
      if (quiet(session)) add(session, 'ex', hash(seed, 3));
    }
    const days = chance(seed, 4) < 0.5 ? 0 : whole(seed, 5, 1, 4);
    for (let n = 0; n < days; n++) {
      const session = lowerBound(sessions, `${year}-01-04`) + whole(seed, 6 + n, 0, 240);
      if (quiet(session)) add(session, chance(seed, 20 + n) < 0.6 ? 'limit' : 'jump', hash(seed, 30 + n));
    }
  }
  return [...events.values()].sort((a, b) => a.session - b.session);
}

function build(
  listing: Listing,
  market: MarketLevel,
  plan: readonly Planned[],
  level: (session: number) => number,
  start: number,
): Life {
  const { span, tick } = listing;
  const from: number[] = [-1];
  const scales: number[] = [start];
  const exDates: ExDate[] = [];
  const dates = market.calendar.sessions;
  const toTick = (price: number) => Math.max(Math.round(price / tick), 1) * tick;
  const percentAt = (session: number) => limitOf(listing.board, dates[session] as string, isSt(listing, session)) ?? 40;
  const free = listing.fresh ? freeSessions(listing.board, listing.listed) : 0;
  let issue = 0;

  const close = (session: number): number => {
    const suspension = suspensionAt(listing, session);
    const at = suspension ? suspension.from - 1 : session;
    return toTick(level(at) * (scales[segmentOf(from, at)] as number));
  };

  let back = 1;
  const firstShares = sharesAtStart(listing, plan);
  let shares = firstShares;
  for (const { session, kind, seed } of plan) {
    const scale = scales.at(-1) as number;
    if (kind === 'first') {
      const natural = level(session) * scale;
      const gain = firstGain(listing, seed);
      issue = Math.max(toTick(natural / gain), 100);
      const capped = free >= 5 ? natural : Math.min(natural, limitPrice(issue, 44, tick));
      from.push(session);
      scales.push(toTick(capped) / level(session));
      continue;
    }
    const before = close(session - 1);
    if (kind === 'ex') {
      const cashOnTen = Math.max(20, Math.round((before / yuan) * 1000 * between(seed, 1, 0.004, 0.035)));
      const bonusOnTen = bonusOf(listing, seed);
      const preclose = toTick(((before - cashOnTen * 10) * 10) / (10 + bonusOnTen));
      back *= before / preclose;
      shares = Math.round((shares * (10 + bonusOnTen)) / 10);
      exDates.push({ session, cashOnTen, bonusOnTen, closeBefore: before, preclose, back, shares });
      from.push(session);
      scales.push((scale * preclose) / before);
      continue;
    }
    const percent = percentAt(session);
    const direction = chance(seed, 4) < 0.6 ? 1 : -1;
    const target =
      kind === 'limit'
        ? limitPrice(before, direction * percent, tick)
        : kind === 'farewell'
          ? before * between(seed, 5, 0.35, 0.6)
          : before * (1 + (direction * percent * between(seed, 6, kind === 'resume' ? -0.3 : 0.3, 0.9)) / 100);
    from.push(session);
    scales.push(toTick(target) / level(session));
  }

  const exAt = new Map(exDates.map(ex => [ex.session, ex.preclose]));
  const firstReference = issue || toTick(level(span.from - 1) * (scales[0] as number));
  const preclose = (session: number): number => {
    if (session === span.from) return firstReference;
    return exAt.get(session) ?? close(session - 1);
  };
  const farewell = listing.labels.find(({ label }) => label === '退市');
  return {
    listing,
    exDates,
    close,
    preclose,
    limits: (session, reference) => {
      if (listing.kind === 'index' || session === farewell?.from) return null;
      if (listing.kind === 'fund') return [limitPrice(reference, -10, tick), limitPrice(reference, 10, tick)];
      if (listing.fresh && session - span.from < free) {
        return free >= 5 ? null : [limitPrice(reference, -36, tick), limitPrice(reference, 44, tick)];
      }
      const percent = percentAt(session);
      return [limitPrice(reference, -percent, tick), limitPrice(reference, percent, tick)];
    },
    shares: session => {
      for (let i = exDates.length - 1; i >= 0; i--) {
        const ex = exDates[i] as ExDate;
        if (session >= ex.session) return ex.shares;
      }
      return firstShares;
    },
  };
}

/** New shares of ex-dates are known from the plan alone, so that the count at the end is the one of the listing. */
function sharesAtStart(listing: Listing, plan: readonly Planned[]): number {
  let shares = listing.shares;
  for (const { kind, seed } of plan) {
    if (kind === 'ex') shares = (shares * 10) / (10 + bonusOf(listing, seed));
  }
  return Math.round(shares / 100) * 100;
}

/** New shares for ten at an ex-date. */
function bonusOf(listing: Listing, seed: number): number {
  return !listing.famous && chance(seed, 2) < 0.12 ? whole(seed, 3, 2, 5) : 0;
}

function firstGain(listing: Listing, seed: number): number {
  return listing.board === 'main' && listing.listed < '2023-04-10' ? 1.44 : between(seed, 1, 0.95, 2.6);
}

/** Position of the last entry that is not greater than `session` in an ascending list whose first entry is -1. */
function segmentOf(from: readonly number[], session: number): number {
  let low = 0;
  let high = from.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((from[middle] as number) <= session) low = middle;
    else high = middle;
  }
  return low;
}
