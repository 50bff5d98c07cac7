/**
 * One session of one security, as numbers: the day bar and the 48 five-minute bars that add up to it exactly (volume and
 * amount by sum, high and low by extremes, open of the first, close of the last).
 */
import { chance, exp2, hash, walk } from '../chance.ts';
import type { Life } from './life.ts';
import { isSuspended } from './listing.ts';

/** Prices in 0.0001 yuan, volume in shares, amount in 0.0001 yuan (of an index: in yuan). */
export interface DayBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly preclose: number;
  readonly volume: number;
  readonly amount: number;
  readonly suspended: boolean;
}

export const slots = 48;

export interface Intraday {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly amount: Float64Array;
}

export function newIntraday(): Intraday {
  const list = () => new Float64Array(slots);
  return { open: list(), high: list(), low: list(), close: list(), volume: list(), amount: list() };
}

/** More is traded in the first and the last half hour. */
const weights = Float64Array.from({ length: slots }, (_, i) => {
  const fromEdge = Math.min(i, slots - 1 - i);
  return 40 + Math.max(0, 6 - fromEdge) * (i < 24 ? 22 : 12);
});

const scratch = newIntraday();

export function dayBar(life: Life, session: number): DayBar {
  const { listing } = life;
  const close = life.close(session);
  const preclose = life.preclose(session);
  if (isSuspended(listing, session)) {
    return { open: close, high: close, low: close, close, preclose, volume: 0, amount: 0, suspended: true };
  }
  const seed = hash(listing.key, session * 4 + 1);
  const [lowest, highest] = life.limits(session, preclose) ?? [listing.tick, Number.MAX_SAFE_INTEGER];
  const sealed = (close === highest || close === lowest) && chance(seed, 1) < 0.3;
  const { tick } = listing;
  const inside = (price: number) => Math.min(Math.max(Math.round(price / tick) * tick, lowest), highest);
  const width = close * (listing.kind === 'index' ? 0.006 : 0.016);
  const open = sealed
    ? close
    : inside(preclose + (close - preclose) * chance(seed, 2) * 0.7 + (chance(seed, 3) - 0.5) * width * 0.6);
  const top = Math.max(open, close);
  const bottom = Math.min(open, close);
  const high = sealed ? close : inside(top + width * chance(seed, 4) * chance(seed, 5));
  const low = sealed ? close : inside(bottom - width * chance(seed, 6) * chance(seed, 7));

  const move = Math.abs(close - preclose) / preclose;
  const mood = exp2(Math.min(Math.max(walk(listing.key ^ 0x5bd1e995, session + 1) * 0.05, -2.5), 2.5));
  const age = session - listing.span.from;
  const novelty = listing.fresh && age < 60 ? 1 + 10 / (1 + age / 3) : 1;
  const turnover = listing.turnover * mood * (0.6 + 0.8 * chance(seed, 8)) * (1 + 22 * move) * novelty;
  if (listing.kind === 'index') {
    const lots = Math.round(
      (listing.shares * (0.55 + 0.45 * mood) * (0.85 + 0.3 * chance(seed, 8)) * (1 + 14 * move)) / 100,
    );
    const amount = Math.floor((lots * Math.round(105_000 + 30_000 * chance(seed, 9))) / 100);
    return { open, high, low, close, preclose, volume: lots * 100, amount, suspended: false };
  }
  const floating = floatingShares(life, session);
  const volume = Math.max(100, Math.round(floating * Math.min(turnover, 0.6) * (sealed ? 0.15 : 1)));
  const bar = { open, high, low, close, preclose, volume, amount: 0, suspended: false };
  spread(life, session, bar, scratch);
  let amount = 0;
  for (let i = 0; i < slots; i++) amount += scratch.amount[i] as number;
  return { ...bar, amount };
}

export function floatingShares(life: Life, session: number): number {
  return Math.max(100, Math.round((life.shares(session) * life.listing.floating) / 100) * 100);
}

/** Spreads a day's bar over its five-minute bars; a suspended day has none. */
export function spread(life: Life, session: number, bar: DayBar, into: Intraday): void {
  const { tick } = life.listing;
  const seed = hash(life.listing.key, session * 4 + 2);
  const { open, high, low, close, volume } = bar;
  const { open: opens, high: highs, low: lows, close: closes, volume: volumes, amount: amounts } = into;
  let total = 0;
  let bits = 0;
  let drift = 0;
  for (let i = 0; i < slots; i++) {
    bits = (i & 3) === 0 ? hash(seed, i) : bits >>> 8;
    const byte = bits & 255;
    drift += byte - 127.5;
    closes[i] = drift;
    const weight = (weights[i] as number) * (96 + ((byte * 167) & 127));
    volumes[i] = weight;
    total += weight;
  }
  // In ticks from here to the end of the loop, so that rounding is one addition.
  const first = open / tick;
  const [lowest, highest] = [low / tick, high / tick];
  const bend = (highest - lowest) / 1600;
  const slope = (close / tick - first - drift * bend) / slots;
  const share = volume / total;
  let before = open;
  let [top, bottom, most, least] = [0, 0, 0, Number.MAX_SAFE_INTEGER];
  let left = volume;
  for (let i = 0; i < slots; i++) {
    let price = close;
    let shares = left;
    if (i < slots - 1) {
      const steps = Math.floor(first + slope * (i + 1) + bend * (closes[i] as number) + 0.5);
      price = Math.min(Math.max(steps, lowest), highest) * tick;
      shares = Math.floor(share * (volumes[i] as number));
      left -= shares;
    }
    const upper = Math.max(price, before);
    const lower = Math.min(price, before);
    if (upper > most) [most, top] = [upper, i];
    if (lower < least) [least, bottom] = [lower, i];
    opens[i] = before;
    closes[i] = price;
    highs[i] = upper;
    lows[i] = lower;
    volumes[i] = shares;
    amounts[i] = Math.floor((shares * (before + upper + lower + price)) / 4);
    before = price;
  }
  highs[top] = high;
  lows[bottom] = low;
  amounts[top] = amountOf(into, top);
  amounts[bottom] = amountOf(into, bottom);
}

/** Of one slot: its shares at the mean of its four prices, which lies between its low and its high. */
function amountOf({ open, high, low, close, volume }: Intraday, slot: number): number {
  const four = (open[slot] as number) + (high[slot] as number) + (low[slot] as number) + (close[slot] as number);
  return Math.floor(((volume[slot] as number) * four) / 4);
}
