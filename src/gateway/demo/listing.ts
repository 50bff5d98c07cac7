/**
 * The securities of the demo market: which exist, under which names, from when to when, and what happens to them (ST,
 * suspensions, delisting). No prices here: a listing costs a few hashes, so that thousands may be held at once.
 */

import { between, chance, exp2, hash, pick, whole } from '../chance.ts';
import { type Calendar, dateOf, dayNumber } from './calendar.ts';
import { type FollowsMarket, famousFunds, famousIndices, famousStocks } from './famous.ts';
import { inventName } from './names.ts';
import { type Board, boardOf, tickOfFund, tickOfShare, yuan } from './rules.ts';

/** Positions of sessions, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface NameSpan extends Span {
  readonly label: 'ST' | '*ST' | '退市';
}

export interface Listing {
  readonly code: string;
  /** Seed of everything that is drawn for this security. */
  readonly key: number;
  readonly kind: 'stock' | 'index' | 'fund';
  readonly board: Board;
  readonly name: string;
  readonly core: string;
  readonly industry: string;
  /** A real company's name: it neither fails nor makes losses here. */
  readonly famous: boolean;
  /** Listing date; empty for an index. */
  readonly listed: string;
  /** Date of the last row; empty while listed. */
  readonly delisted: string;
  /** First and last session with a row, as positions in the calendar. */
  readonly span: Span;
  /** True when the first row is the first session after the issue. */
  readonly fresh: boolean;
  readonly tick: number;
  /** Near the last close, in 0.0001 yuan. */
  readonly endPrice: number;
  /** Total shares at the end (of an index: shares traded on an average session). */
  readonly shares: number;
  /** Part of the shares that may be traded. */
  readonly floating: number;
  /** How strongly it follows the market, and how far it moves of its own, in log2 a session. */
  readonly beta: number;
  readonly sigma: number;
  /** Part of the floating shares that changes hands on an average session. */
  readonly turnover: number;
  readonly labels: readonly NameSpan[];
  readonly suspensions: readonly Span[];
}

const perCentInLog2 = Math.LOG2E / 100;

/** How many codes of 320 a range of numbers holds; the ranges are those of the exchanges. */
const ranges: readonly (readonly [exchange: string, from: number, to: number, share: number, opened: string])[] = [
  ['sh', 600000, 600999, 45, '1990-12-19'],
  ['sh', 601000, 601999, 20, '2005-06-01'],
  ['sh', 603000, 603999, 42, '2012-08-01'],
  ['sh', 605000, 605599, 13, '2020-04-01'],
  ['sh', 688001, 688999, 42, '2019-07-22'],
  ['sz', 1, 999, 36, '1991-04-03'],
  ['sz', 1200, 1399, 9, '2021-06-01'],
  ['sz', 2001, 2999, 42, '2004-06-25'],
  ['sz', 3000, 3099, 5, '2020-07-01'],
  ['sz', 300001, 300999, 40, '2009-10-30'],
  ['sz', 301001, 301699, 26, '2020-09-01'],
];

export function keyOf(seed: number, code: string): number {
  return hash(seed, Number(code.slice(3)) * 2 + (code.startsWith('sh') ? 0 : 1));
}

/** `count` stock codes, the famous ones among them, spread over all ranges in the order of their numbers. */
function stockCodes(seed: number, count: number): string[] {
  const chosen = new Set(famousStocks.slice(0, count).map(({ code }) => code));
  const total = ranges.reduce((sum, [, , , share]) => sum + share, 0);
  for (const [index, [exchange, from, to, share]] of ranges.entries()) {
    let left = Math.round((count * share) / total);
    for (const code of chosen) {
      const number = Number(code.slice(3));
      if (code.startsWith(exchange) && number >= from && number <= to) left--;
    }
    let numbers = to - from + 1;
    for (let number = from; number <= to && left > 0 && chosen.size < count; number++, numbers--) {
      const code = `${exchange}.${String(number).padStart(6, '0')}`;
      if (chosen.has(code) || chance(hash(seed, 7000 + index), number) * numbers >= left) continue;
      chosen.add(code);
      left--;
    }
  }
  for (let number = 600000; chosen.size < count; number++) chosen.add(`sh.${number}`);
  return [...chosen].sort();
}

function opening(code: string): string {
  const number = Number(code.slice(3));
  const found = ranges.find(([exchange, from, to]) => code.startsWith(exchange) && number >= from && number <= to);
  return found?.[4] ?? '1990-12-19';
}

/** Every security of the market, in the order of the codes. */
export function makeListings(seed: number, stocks: number, calendar: Calendar, lastSession: number): Listing[] {
  const taken = new Set(famousStocks.map(({ name }) => name));
  const listings = [
    ...famousIndices.map(index => followMarket(seed, index, 'index', calendar, lastSession)),
    ...famousFunds.map(fund => followMarket(seed, fund, 'fund', calendar, lastSession)),
    ...stockCodes(seed, stocks).map(code => makeStock(seed, code, taken, calendar, lastSession)),
  ];
  return listings.sort((a, b) => (a.code < b.code ? -1 : 1));
}

function followMarket(
  seed: number,
  known: FollowsMarket,
  kind: 'index' | 'fund',
  calendar: Calendar,
  lastSession: number,
): Listing {
  const key = keyOf(seed, known.code);
  const rowsFrom = kind === 'fund' ? '2026-01-05' : '2006-01-01';
  const span = { from: Math.max(calendar.from(known.listed), calendar.from(rowsFrom)), to: lastSession };
  return {
    code: known.code,
    key,
    kind,
    board: 'main',
    name: known.name,
    core: known.name,
    industry: '',
    famous: true,
    listed: known.listed,
    delisted: '',
    span,
    fresh: false,
    tick: kind === 'fund' ? tickOfFund : 1,
    endPrice: Math.round(known.price * yuan),
    shares: known.shares,
    floating: 1,
    beta: known.beta,
    sigma: (kind === 'fund' ? 0.15 : 0.12) * perCentInLog2,
    turnover: kind === 'fund' ? between(key, 1, 0.01, 0.06) : 1,
    labels: [],
    suspensions: [],
  };
}

function makeStock(seed: number, code: string, taken: Set<string>, calendar: Calendar, lastSession: number): Listing {
  const key = keyOf(seed, code);
  const famous = famousStocks.find(stock => stock.code === code);
  const board = boardOf(code);
  const invented = famous ?? inventName(key, taken);
  const draw = (n: number) => chance(key, n);
  const first = calendar.sessions[0] as string;

  let listed = famous?.listed ?? inventListing(key, code, calendar, lastSession);
  const from = calendar.from(listed);
  if (listed >= first) listed = calendar.sessions[from] as string;
  const fresh = listed >= first;

  const fate = famous || lastSession - from < 500 ? 1 : draw(10);
  const delistedAt = fate < 0.018 && board !== 'star' ? whole(key, 11, from + 400, lastSession - 30) : null;
  const to = delistedAt ?? lastSession;
  const labels = delistedAt === null ? stSpans(key, fate, from, to) : endSpans(key, to);
  const weak = labels.length > 0;
  const suspensions = suspend(key, from, to, delistedAt !== null);

  const price = famous
    ? famous.price
    : weak
      ? between(key, 12, 2.2, 6)
      : 3 * exp2(draw(12) * 5 * (0.6 + 0.4 * draw(13)));
  return {
    code,
    key,
    kind: 'stock',
    board,
    name: invented.name,
    core: 'core' in invented ? invented.core : invented.name.slice(0, 2),
    industry: invented.industry,
    famous: famous !== undefined,
    listed,
    delisted: delistedAt === null ? '' : (calendar.sessions[to] as string),
    span: { from, to },
    fresh,
    tick: tickOfShare,
    endPrice: Math.round(price * 100) * tickOfShare,
    shares: famous ? famous.shares : Math.round(1.5e6 * exp2(draw(14) * 4.5)) * 100,
    floating: famous ? between(key, 15, 0.9, 1) : fresh ? between(key, 15, 0.2, 0.45) : between(key, 15, 0.5, 1),
    beta: weak ? 0.3 : between(key, 16, 0.6, 1.1),
    sigma: (weak ? 0.7 : board === 'main' ? between(key, 17, 0.75, 1.05) : between(key, 17, 1.3, 2.3)) * perCentInLog2,
    turnover: famous ? between(key, 18, 0.002, 0.015) : between(key, 18, 0.006, 0.04),
    labels,
    suspensions,
  };
}

/** Most were listed before the demo begins; about one in seven is new in it, a few only weeks old. */
function inventListing(key: number, code: string, calendar: Calendar, lastSession: number): string {
  const opened = dayNumber(opening(code));
  const before = calendar.firstDay - 400;
  const first = Math.max(opened, calendar.firstDay);
  const draw = chance(key, 20);
  const newest = /^(sh\.688|sh\.603|sh\.605|sz\.001|sz\.301)/.test(code) ? 0.28 : 0;
  if (draw < newest) {
    const from = calendar.from(dateOf(first));
    const at = draw < 0.02 ? lastSession - whole(key, 21, 3, 40) : whole(key, 21, from + 5, lastSession - 60);
    return calendar.sessions[at] as string;
  }
  const day = before > opened ? whole(key, 21, opened, before) : opened + whole(key, 21, 0, 300);
  return dateOf(Math.min(day, dayNumber(calendar.sessions[lastSession] as string) - 120));
}

/** About one stock in sixteen is or was under special treatment. */
function stSpans(key: number, fate: number, from: number, to: number): NameSpan[] {
  if (fate > 0.08) return [];
  const length = to - from;
  const a = from + 60 + Math.floor(between(key, 30, 0.1, 0.4) * (length - 60));
  const b = from + 60 + Math.floor(between(key, 31, 0.5, 0.9) * (length - 60));
  const span = (start: number, end: number, label: NameSpan['label']) => ({ from: start, to: end, label });
  return pick(key, 32, [
    [span(from, a, '*ST')],
    [span(a, to, 'ST')],
    [span(a, b - 1, 'ST'), span(b, to, '*ST')],
    [span(a, b, '*ST')],
    [span(b, to, '*ST')],
    [span(a, b - 1, '*ST'), span(b, to, 'ST')],
  ]);
}

/** A year under special treatment, then fifteen sessions to sell, then five without trading. */
function endSpans(key: number, to: number): NameSpan[] {
  const farewell = to - 19;
  return [
    { from: farewell - whole(key, 33, 200, 300), to: farewell - 1, label: '*ST' },
    { from: farewell, to, label: '退市' },
  ];
}

function suspend(key: number, from: number, to: number, delisted: boolean): Span[] {
  const spans: Span[] = [];
  const end = delisted ? to - 40 : to - 2;
  let at = from + 25;
  for (let n = 0; ; n++) {
    at += whole(key, 100 + 3 * n, 60, 1900);
    const kind = chance(key, 101 + 3 * n);
    const length = kind < 0.55 ? 1 : kind < 0.97 ? whole(key, 102 + 3 * n, 3, 12) : whole(key, 102 + 3 * n, 30, 70);
    if (at + length >= end) break;
    spans.push({ from: at, to: at + length - 1 });
    at += length + 20;
  }
  if (delisted) spans.push({ from: to - 4, to });
  return spans;
}

/** The label in force at a session. */
export function labelAt(listing: Listing, session: number): NameSpan['label'] | null {
  for (const span of listing.labels) if (session >= span.from && session <= span.to) return span.label;
  return null;
}

export function isSuspended(listing: Listing, session: number): boolean {
  return suspensionAt(listing, session) !== null;
}

export function suspensionAt(listing: Listing, session: number): Span | null {
  for (const span of listing.suspensions) {
    if (session < span.from) return null;
    if (session <= span.to) return span;
  }
  return null;
}

/** The name in force at a session, with its label. */
export function nameAt(listing: Listing, session: number): string {
  const label = labelAt(listing, session);
  return label === null ? listing.name : label + listing.core;
}

/** True for ST and *ST: in the last sessions before a delisting the rules of ST no longer hold. */
export function isSt(listing: Listing, session: number): boolean {
  const label = labelAt(listing, session);
  return label === 'ST' || label === '*ST';
}
