/** Seasonal reports, express reports and forecasts of one company, from its accounts: cells in the provider's columns. */

import { between, chance, hash, whole } from '../chance.ts';
import type { Row } from '../market.ts';
import { accountsOf, publishedOn, type Quarter, quarterEnd } from './accounts.ts';
import { dateOf, dayNumber } from './calendar.ts';
import { percent, ratio, sixDecimals } from './cells.ts';
import { floatingShares } from './day-bar.ts';
import type { Life } from './life.ts';

function money(amount: number): string {
  return `${amount}.000000`;
}

type Report = (life: Life, quarter: Quarter, session: number) => readonly string[];

function isFinance(life: Life): boolean {
  return /^J/.test(life.listing.industry);
}

/** By method; each gives the cells behind code, publication and quarter's end. */
const reports: Readonly<Record<string, Report>> = {
  query_profit_data: (life, quarter, session) => {
    const now = accountsOf(life.listing, quarter);
    return [
      ratio(now.profit / now.equity),
      ratio(now.profit / now.revenue),
      isFinance(life) ? '' : ratio(now.grossMargin),
      money(now.profit),
      ratio(now.profitTtm / life.shares(session)),
      quarter % 2 === 1 ? money(now.revenue) : '',
      `${life.shares(session)}.00`,
      `${floatingShares(life, session)}.00`,
    ];
  },
  query_operation_data: (life, quarter) => {
    const now = accountsOf(life.listing, quarter);
    const days = 90 * ((quarter % 4) + 1);
    const draw = (n: number, low: number, high: number) => between(life.listing.key, 500 + n, low, high) * (days / 360);
    const receivable = draw(1, 2, 14);
    const inventory = draw(2, 1, 9);
    if (isFinance(life)) return ['', '', '', '', '', ratio(now.revenue / now.assets)];
    return [
      ratio(receivable),
      ratio(days / receivable),
      ratio(inventory),
      ratio(days / inventory),
      ratio(draw(3, 0.5, 2.2)),
      ratio(now.revenue / now.assets),
    ];
  },
  query_growth_data: (life, quarter) => {
    const now = accountsOf(life.listing, quarter);
    const before = accountsOf(life.listing, quarter - 4);
    const profit = ratio((now.profit - before.profit) / Math.abs(before.profit));
    return [
      ratio(now.equity / before.equity - 1),
      ratio(now.assets / before.assets - 1),
      profit,
      percent((now.profit - before.profit) / Math.abs(before.profit)),
      profit,
    ];
  },
  query_dupont_data: (life, quarter) => {
    const now = accountsOf(life.listing, quarter);
    const burden = between(life.listing.key, 510, 0.78, 0.9);
    const interest = between(life.listing.key, 511, 0.7, 0.99);
    return [
      ratio(now.profit / now.equity),
      ratio(now.assets / now.equity),
      ratio(now.revenue / now.assets),
      ratio(between(life.listing.key, 512, 0.9, 1)),
      ratio(now.profit / now.revenue),
      ratio(burden),
      isFinance(life) ? '' : ratio(interest),
      isFinance(life) ? '' : ratio(now.profit / now.revenue / burden / interest),
    ];
  },
  query_balance_data: (life, quarter) => {
    const now = accountsOf(life.listing, quarter);
    const before = accountsOf(life.listing, quarter - 4);
    const current = between(hash(life.listing.key, quarter), 520, 0.9, 3.2);
    const own = isFinance(life) ? ['', '', ''] : [ratio(current), ratio(current * 0.74), ratio(current * 0.31)];
    return [
      ...own,
      ratio((now.assets - now.equity) / (before.assets - before.equity) - 1),
      ratio((now.assets - now.equity) / now.assets),
      ratio(now.assets / now.equity),
    ];
  },
  query_cash_flow_data: (life, quarter) => {
    const now = accountsOf(life.listing, quarter);
    const current = between(life.listing.key, 530, 0.3, 0.8);
    const cash = now.cashFlowTtm / now.revenueTtm;
    const own = isFinance(life)
      ? ['', '', '', '']
      : [ratio(current), ratio(1 - current), ratio(current * 0.9), ratio(between(life.listing.key, 531, 2, 40))];
    return [...own, ratio(cash), ratio(now.cashFlowTtm / now.profitTtm), ratio(cash * 0.98)];
  },
};

/** The report of a quarter; null before it is out or where the method is none of these. */
export function seasonalReport(
  method: string,
  life: Life,
  quarter: Quarter,
  today: string,
  sessionOf: (date: string) => number,
): Row | null {
  const { listing } = life;
  const published = publishedOn(listing, quarter);
  const report = reports[method];
  if (!report || published > today || (listing.delisted && published > listing.delisted)) return null;
  const session = Math.min(Math.max(sessionOf(quarterEnd(quarter)), listing.span.from), listing.span.to);
  return [listing.code, published, quarterEnd(quarter), ...report(life, quarter, session)];
}

/** Express reports of whole years, of about one company in five a year. */
export function expressReports(life: Life, years: readonly number[], today: string): Row[] {
  const { listing } = life;
  return years.flatMap(year => {
    const seed = hash(listing.key, 5400 + year);
    const date = dateOf(dayNumber(`${year + 1}-01-18`) + whole(seed, 1, 0, 45));
    if (chance(seed, 2) > 0.2 || date > today || (listing.delisted && date > listing.delisted)) return [];
    const quarter = year * 4 + 3;
    const [now, before] = [accountsOf(listing, quarter), accountsOf(listing, quarter - 4)];
    const growth = (now.profit - before.profit) / Math.abs(before.profit);
    const shares = life.shares(listing.span.to);
    return [
      [
        listing.code,
        date,
        quarterEnd(quarter),
        date,
        money(now.assets),
        money(now.equity),
        ratio(growth),
        ratio((now.profit / now.equity) * 100),
        ratio(now.profit / shares),
        ratio(now.revenue / before.revenue - 1),
        ratio(growth * 0.97),
      ],
    ];
  });
}

/** Forecasts of whole years, of about one company in three a year. */
export function forecasts(life: Life, years: readonly number[], today: string): Row[] {
  const { listing } = life;
  return years.flatMap(year => {
    const seed = hash(listing.key, 5600 + year);
    const date = dateOf(dayNumber(`${year + 1}-01-10`) + whole(seed, 1, 0, 21));
    if (chance(seed, 2) > 0.35 || date > today || (listing.delisted && date > listing.delisted)) return [];
    const quarter = year * 4 + 3;
    const [now, before] = [accountsOf(listing, quarter).profit, accountsOf(listing, quarter - 4).profit];
    const growth = ((now - before) / Math.abs(before)) * 100;
    const kind =
      now < 0
        ? before < 0
          ? '续亏'
          : '首亏'
        : before < 0
          ? '扭亏'
          : growth > 50
            ? '预增'
            : growth > 0
              ? '略增'
              : '预减';
    const hundredMillion = (amount: number) => (amount / 1e8).toFixed(2);
    const [low, high] = [Math.min(now * 0.95, now * 1.05), Math.max(now * 0.95, now * 1.05)];
    const text = `预计${year}年1-12月归属于上市公司股东的净利润为${hundredMillion(low)}亿元至${hundredMillion(high)}亿元`;
    return [
      [
        listing.code,
        date,
        quarterEnd(quarter),
        kind,
        text,
        sixDecimals(Math.round((growth + 5) * 1_000_000)),
        sixDecimals(Math.round((growth - 5) * 1_000_000)),
      ],
    ];
  });
}
