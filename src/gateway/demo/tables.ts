/** Everything of the demo market that is neither bars nor factors nor the calendar, by the provider's methods. */

import { between, hash } from '../chance.ts';
import type { Known, Params, Row } from '../market.ts';
import { type Quarter, quarterOf } from './accounts.ts';
import { type Calendar, dateOf, dayNumber, weekday } from './calendar.ts';
import { dividendRows } from './dividends.ts';
import type { Life } from './life.ts';
import { isSuspended, type Listing, labelAt, nameAt } from './listing.ts';
import { depositRates, loanRates, moneySupplyByMonth, moneySupplyByYear, reserveRatios } from './macro.ts';
import { expressReports, forecasts, seasonalReport } from './reports.ts';

interface Parts {
  readonly listings: readonly Listing[];
  readonly calendar: Calendar;
  readonly lastSession: number;
  life(listing: Listing): Life;
  find(code: string): Listing | undefined;
}

type Table = (params: Params, known: Known) => Row[];

export function makeTables(parts: Parts): (method: string, params: Params, known: Known) => Row[] {
  const { listings, calendar } = parts;
  const stocks = listings.filter(({ kind }) => kind === 'stock');
  const last = (date: string) => Math.min(calendar.upTo(date), parts.lastSession);
  const onDay = (params: Params, known: Known) =>
    !params.date || params.date > known.today ? known.today : params.date;
  const isListed = (listing: Listing, date: string) =>
    listing.listed <= date && (listing.delisted === '' || date <= listing.delisted);
  const asked = (params: Params): Listing[] => {
    const listing = parts.find(params.code ?? '');
    return listing?.kind === 'stock' ? [listing] : [];
  };
  const years = Array.from({ length: 40 }, (_, i) => 1988 + i);

  const allStock: Table = ({ day = '' }, known) => {
    if (!calendar.isOpen(day) || day > known.daily) return [];
    const session = calendar.from(day);
    if (session > parts.lastSession) return [];
    return listings
      .filter(listing => isListed(listing, day) && session >= listing.span.from)
      .map(listing => [listing.code, isSuspended(listing, session) ? '0' : '1', nameAt(listing, session)]);
  };

  const basic: Table = (_, known) =>
    listings
      .filter(listing => listing.listed <= known.today)
      .map(listing => {
        const gone = listing.delisted !== '' && listing.delisted < known.today;
        const type = { stock: '1', index: '2', fund: '5' }[listing.kind];
        const name = nameAt(listing, Math.min(last(known.today), listing.span.to));
        return [listing.code, name, listing.listed, gone ? listing.delisted : '', type, gone ? '0' : '1'];
      });

  const industry: Table = (params, known) => {
    const day = onDay(params, known);
    return stocks
      .filter(listing => isListed(listing, day))
      .map(listing => [monday(day), listing.code, nameAt(listing, last(day)), listing.industry, '证监会行业分类']);
  };

  /** Those that hold at a session, as the provider lists them: with the Monday of the week. */
  const list =
    (holds: (listing: Listing, session: number, date: string) => boolean): Table =>
    (params, known) => {
      const day = onDay(params, known);
      const session = last(day);
      return stocks
        .filter(listing => holds(listing, session, day))
        .map(listing => [monday(day), listing.code, nameAt(listing, Math.min(session, listing.span.to))]);
    };

  /** The largest from one place to another, newly drawn each June and December. */
  const members =
    (from: number, to: number, exchange: string): Table =>
    (params, known) => {
      const day = onDay(params, known);
      const half = halfYear(day);
      const size = (listing: Listing) =>
        listing.endPrice * listing.shares * between(hash(listing.key, half), 600, 0.85, 1.15);
      const share = stocks.length < 1000 ? stocks.length / 1000 : 1;
      return stocks
        .filter(listing => listing.code.startsWith(exchange) && isListed(listing, day) && listing.labels.length === 0)
        .map(listing => ({ listing, size: size(listing) }))
        .sort((a, b) => b.size - a.size)
        .slice(Math.round(from * share), Math.round(to * share))
        .map(({ listing }) => [monday(day), listing.code, nameAt(listing, last(day))])
        .sort(([, a = ''], [, b = '']) => (a < b ? -1 : 1));
    };

  const seasonal =
    (method: string): Table =>
    (params, known) =>
      asked(params).flatMap(listing => {
        const quarter: Quarter = quarterOf(Number(params.year), Number(params.quarter));
        const row = seasonalReport(method, parts.life(listing), quarter, known.today, last);
        return row ? [row] : [];
      });

  const tables: Readonly<Record<string, Table>> = {
    query_all_stock: allStock,
    query_stock_basic: basic,
    query_stock_industry: industry,
    query_hs300_stocks: members(0, 300, ''),
    query_zz500_stocks: members(300, 800, ''),
    query_sz50_stocks: members(0, 50, 'sh'),
    query_terminated_stocks: list(({ delisted }, _, date) => delisted !== '' && delisted < date),
    query_suspended_stocks: list((listing, session, date) => isListed(listing, date) && isSuspended(listing, session)),
    query_st_stocks: list((listing, session, date) => isListed(listing, date) && labelAt(listing, session) === 'ST'),
    query_starst_stocks: list(
      (listing, session, date) => isListed(listing, date) && labelAt(listing, session) === '*ST',
    ),
    query_dividend_data: params =>
      asked(params).flatMap(listing => dividendRows(parts.life(listing), calendar.sessions)),
    query_performance_express_report: (params, known) =>
      asked(params).flatMap(listing => expressReports(parts.life(listing), years, known.today)),
    query_forecast_report: (params, known) =>
      asked(params).flatMap(listing => forecasts(parts.life(listing), years, known.today)),
    query_deposit_rate_data: depositRates,
    query_loan_rate_data: loanRates,
    query_required_reserve_ratio_data: reserveRatios,
    query_money_supply_data_month: (_, known) => moneySupplyByMonth(known.today),
    query_money_supply_data_year: (_, known) => moneySupplyByYear(known.today),
  };
  for (const method of ['profit', 'operation', 'growth', 'dupont', 'balance', 'cash_flow']) {
    Object.assign(tables, { [`query_${method}_data`]: seasonal(`query_${method}_data`) });
  }
  return (method, params, known) => tables[method]?.(params, known) ?? [];
}

function monday(date: string): string {
  const day = dayNumber(date);
  return dateOf(day - ((weekday(day) + 6) % 7));
}

function halfYear(date: string): number {
  const inYear = date.slice(5);
  return Number(date.slice(0, 4)) * 2 + (inYear >= '12-15' ? 2 : inYear >= '06-15' ? 1 : 0);
}
