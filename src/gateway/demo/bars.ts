/** The bars of one security as the rows that go over the wire: daily and minutes, raw or adjusted. */
import { dailyFields, minuteFields, splitNames } from '../../source/baostock/messages.ts';
import { chance } from '../chance.ts';
import type { AdjustFlag, Row, Series } from '../market.ts';
import { fourDecimals, percent, sixDecimals, tenDecimals } from './cells.ts';
import { dayBar, floatingShares, newIntraday, slots, spread } from './day-bar.ts';
import type { Life } from './life.ts';
import { isSt, isSuspended, suspensionAt } from './listing.ts';
import { makeValuation } from './valuation.ts';

export const dailyColumns = splitNames(dailyFields);
const minuteColumns = splitNames(minuteFields);

const million = 1_000_000;

/** A factor of a session in 0.000001. */
export type FactorAt = (session: number) => number;

/** Factors as the flag asks, from the ex-dates up to the session `until`; null where prices stay raw. */
export function factorsAt(life: Life, adjust: AdjustFlag, until: number): FactorAt | null {
  if (adjust === '3' || life.listing.kind === 'index') return null;
  const known = life.exDates.filter(ex => ex.session <= until);
  const last = known.at(-1)?.back ?? 1;
  const scale = adjust === '1' ? 1 : last;
  const before = adjust === '1' ? million : Math.round((million * million) / Math.round(last * million));
  return session => {
    for (let i = known.length - 1; i >= 0; i--) {
      const ex = known[i] as (typeof known)[number];
      if (session >= ex.session) return Math.round((ex.back / scale) * million);
    }
    return before;
  };
}

function price(units: number, factor: number | null): string {
  return factor === null ? fourDecimals(units) : tenDecimals(units, factor);
}

function flagOf(life: Life, adjust: AdjustFlag): string {
  return life.listing.kind === 'index' ? '3' : adjust;
}

function amountCell(life: Life, amount: number): string {
  return life.listing.kind === 'index' ? `${amount}.0000` : fourDecimals(amount);
}

function turn(life: Life, session: number, volume: number): number {
  if (life.listing.kind === 'index') return volume / (life.listing.shares * 90);
  return volume / floatingShares(life, session);
}

/** A maker of daily rows, one session after another or any alone. */
export function dailyRows(life: Life, dates: readonly string[], adjust: AdjustFlag, factorAt: FactorAt | null) {
  const { listing } = life;
  const valuation = makeValuation(listing);
  const flag = flagOf(life, adjust);
  return (session: number): Row => {
    const date = dates[session] as string;
    const bar = dayBar(life, session);
    const factor = factorAt ? factorAt(session) : null;
    const ratios = valuation(date, bar.close, life.shares(session));
    const st = listing.kind === 'fund' || isSt(listing, session) ? '1' : '0';
    const close = price(bar.close, factor);
    if (bar.suspended) {
      const [volume, amount, change] = emptyWhileSuspended(life, session) ? ['', '', ''] : ['0', '0.0000', '0.000000'];
      const preclose = price(bar.preclose, factor);
      return [
        date,
        listing.code,
        close,
        close,
        close,
        close,
        preclose,
        volume,
        amount,
        flag,
        '',
        '0',
        change,
        ...ratios,
        st,
      ];
    }
    return [
      date,
      listing.code,
      price(bar.open, factor),
      price(bar.high, factor),
      price(bar.low, factor),
      close,
      price(bar.preclose, factor),
      String(bar.volume),
      amountCell(life, bar.amount),
      flag,
      percent(turn(life, session, bar.volume) * 100),
      '1',
      percent(((bar.close - bar.preclose) / bar.preclose) * 100),
      ...ratios,
      st,
    ];
  };
}

/** The provider leaves volume, amount and change of some suspensions empty and writes zeros for others. */
function emptyWhileSuspended(life: Life, session: number): boolean {
  const span = suspensionAt(life.listing, session);
  return span !== null && chance(life.listing.key, 5000 + span.from) < 0.25;
}

export function dailySeries(
  life: Life,
  dates: readonly string[],
  adjust: AdjustFlag,
  factorAt: FactorAt | null,
): Series {
  const { from, to } = life.listing.span;
  const row = dailyRows(life, dates, adjust, factorAt);
  return {
    columns: dailyColumns,
    length: Math.max(0, to - from + 1),
    dateAt: index => dates[from + index] as string,
    row: index => row(from + index),
  };
}

const firstMinutes = '2020-01-03';
/** Ends of the five-minute bars: 0935 … 1130, 1305 … 1500. */
const stamps = Array.from({ length: slots }, (_, slot) => {
  const minute = (slot < 24 ? 9 * 60 + 30 : 13 * 60 - 120) + (slot + 1) * 5;
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}00000`;
});

export function minuteSeries(
  life: Life,
  dates: readonly string[],
  adjust: AdjustFlag,
  factorAt: FactorAt | null,
  minutes: number,
): Series {
  const { listing } = life;
  const traded: number[] = [];
  for (let session = listing.span.from; session <= listing.span.to; session++) {
    if ((dates[session] as string) >= firstMinutes && !isSuspended(listing, session)) traded.push(session);
  }
  const joined = minutes / 5;
  const perSession = slots / joined;
  const day = newIntraday();
  let held = -1;
  const fill = (session: number) => {
    if (held !== session) spread(life, session, dayBar(life, session), day);
    held = session;
  };
  return {
    columns: minuteColumns,
    length: traded.length * perSession,
    dateAt: index => dates[traded[Math.floor(index / perSession)] as number] as string,
    row: index => {
      const session = traded[Math.floor(index / perSession)] as number;
      fill(session);
      const first = (index % perSession) * joined;
      const last = first + joined - 1;
      let high = 0;
      let low = Number.MAX_SAFE_INTEGER;
      let volume = 0;
      let amount = 0;
      for (let slot = first; slot <= last; slot++) {
        high = Math.max(high, day.high[slot] as number);
        low = Math.min(low, day.low[slot] as number);
        volume += day.volume[slot] as number;
        amount += day.amount[slot] as number;
      }
      const date = dates[session] as string;
      const factor = factorAt ? factorAt(session) : null;
      return [
        date,
        date.replaceAll('-', '') + (stamps[last] as string),
        listing.code,
        price(day.open[first] as number, factor),
        price(high, factor),
        price(low, factor),
        price(day.close[last] as number, factor),
        String(volume),
        fourDecimals(amount),
        adjust,
      ];
    },
  };
}

export function factorRow(life: Life, position: number, latest: number): Row {
  const ex = life.exDates[position] as Life['exDates'][number];
  const back = sixDecimals(Math.round(ex.back * million));
  return [life.listing.code, '', sixDecimals(Math.round((ex.back / latest) * million)), back, back];
}
