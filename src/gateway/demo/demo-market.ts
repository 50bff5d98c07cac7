/**
 * The demo market: an invented A-share market, the same on every machine for the same seed and size. Nothing of it is
 * stored: every row is made from hashes when it is asked for, so that memory grows with the number of codes and not with
 * that of the bars. Famous codes carry their real names; every price is invented.
 */
import type { AdjustFlag, Frequency, Known, Market, Params, Row, Series } from '../market.ts';
import { joinDays, periodIsOver } from '../periods.ts';
import { dailyRows, dailySeries, factorRow, factorsAt, minuteSeries } from './bars.ts';
import { type Calendar, dateOf, makeCalendar } from './calendar.ts';
import { type Life, makeLife, makeMarketLevel } from './life.ts';
import { type Listing, makeListings } from './listing.ts';
import { demoLastSession } from './now.ts';
import { makeTables } from './tables.ts';

const calendarEnd = '2026-12-31';

export { demoNow } from './now.ts';

export interface DemoOptions {
  readonly seed?: number;
  /** Stocks; indices and funds come on top. Default 320. */
  readonly codes?: number;
  /** Years of sessions up to 2026-11-20, at most 35. Default 5. */
  readonly years?: number;
}

export interface DemoMarket extends Market {
  readonly listings: readonly Listing[];
  readonly calendar: Calendar;
  readonly lastSession: number;
  life(listing: Listing): Life;
  find(code: string): Listing | undefined;
}

export const demoCodes = 320;
export const mostCodes = 5400;
export const mostYears = 35;

export function makeDemoMarket(options: DemoOptions = {}): DemoMarket {
  const { seed = 1, codes = demoCodes, years = 5 } = options;
  const calendar = makeCalendar(`${2026 - years}-11-22`, calendarEnd);
  const lastSession = calendar.from(demoLastSession);
  const listings = makeListings(seed, codes, calendar, lastSession);
  const byCode = new Map(listings.map(listing => [listing.code, listing]));
  const level = makeMarketLevel(seed, calendar, lastSession);
  const lives = new Map<string, Life>();
  const dates = calendar.sessions;

  const life = (listing: Listing): Life => {
    const found = lives.get(listing.code) ?? makeLife(listing, level);
    lives.set(listing.code, found);
    return found;
  };

  const bars = (code: string, frequency: Frequency, adjust: AdjustFlag, known: Known): Series | null => {
    const listing = byCode.get(code);
    if (!listing) return null;
    const minutes = frequency !== 'd' && frequency !== 'w' && frequency !== 'm';
    if (minutes && listing.kind === 'index') return null;
    const factorAt = factorsAt(life(listing), adjust, calendar.upTo(known.factors));
    if (minutes) return minuteSeries(life(listing), dates, adjust, factorAt, Number(frequency));
    const daily = dailySeries(life(listing), dates, adjust, factorAt);
    return frequency === 'd' ? daily : joinDays(daily, frequency, periodIsOver(dates, frequency));
  };

  const barsOn = (date: string, kind: 'stock' | 'fund'): Row[] => {
    if (!calendar.isOpen(date)) return [];
    const session = calendar.from(date);
    return listings
      .filter(listing => listing.kind === kind && session >= listing.span.from && session <= listing.span.to)
      .map(listing => dailyRows(life(listing), dates, '3', null)(session));
  };

  const factors = (code: string, known: Known): Row[] => {
    const listing = byCode.get(code);
    if (!listing) return [];
    const { exDates } = life(listing);
    const published = exDates.filter(ex => (dates[ex.session] as string) <= known.factors);
    const latest = published.at(-1)?.back ?? 1;
    return published.map((ex, position) => {
      const row = [...factorRow(life(listing), position, latest)];
      row[1] = dates[ex.session] as string;
      return row;
    });
  };

  const tradeDates: Series = {
    columns: ['calendar_date', 'is_trading_day'],
    length: calendar.lastDay - calendar.firstDay + 1,
    dateAt: index => dateOf(calendar.firstDay + index),
    row: index => {
      const date = dateOf(calendar.firstDay + index);
      return [date, calendar.isOpen(date) ? '1' : '0'];
    },
  };

  const market = {
    description: `the demo market: ${codes} stocks, the prices are invented`,
    listings,
    calendar,
    lastSession,
    life,
    find: (code: string) => byCode.get(code),
    bars,
    barsOn,
    factors,
    factorsOn: (date: string, known: Known) =>
      listings.flatMap(listing => factors(listing.code, known).filter(([, day]) => day === date)),
    tradeDates,
  };
  const tables = makeTables(market);
  return { ...market, table: (method: string, params: Params, known: Known) => tables(method, params, known) };
}
