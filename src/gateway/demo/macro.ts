/**
 * Tables of the whole economy for the demo. Rates follow the announcements of the central bank; the money supply is
 * invented. Not a reference.
 */

import { exp2, walk } from '../chance.ts';
import type { Row } from '../market.ts';
import { sixDecimals } from './cells.ts';

function table(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/));
}

/** Announced; at call, 3 and 6 months, 1, 2, 3, 5 years. The last is no longer set since 2014-11-22. */
const deposits = table(`
  2010-10-20 0.36 1.91 2.20 2.50 3.25 3.85 4.20
  2010-12-26 0.36 2.25 2.50 2.75 3.55 4.15 4.55
  2011-02-09 0.40 2.60 2.80 3.00 3.90 4.50 5.00
  2011-04-06 0.50 2.85 3.05 3.25 4.15 4.75 5.25
  2011-07-07 0.50 3.10 3.30 3.50 4.40 5.00 5.50
  2012-06-08 0.40 2.85 3.05 3.25 4.10 4.65 5.10
  2012-07-06 0.35 2.60 2.80 3.00 3.75 4.25 4.75
  2014-11-22 0.35 2.35 2.55 2.75 3.35 4.00 -
  2015-03-01 0.35 2.10 2.30 2.50 3.10 3.75 -
  2015-05-11 0.35 1.85 2.05 2.25 2.85 3.50 -
  2015-06-28 0.35 1.60 1.80 2.00 2.60 3.25 -
  2015-08-26 0.35 1.35 1.55 1.75 2.35 3.00 -
  2015-10-24 0.35 1.10 1.30 1.50 2.10 2.75 -
`);

/** Announced; up to 6 months, 1, 3, 5 years, longer; housing fund up to 5 years, longer. */
const loans = table(`
  2010-10-20 5.10 5.56 5.60 5.96 6.14 3.50 4.05
  2010-12-26 5.35 5.81 5.85 6.22 6.40 3.75 4.30
  2011-02-09 5.60 6.06 6.10 6.45 6.60 4.00 4.50
  2011-04-06 5.85 6.31 6.40 6.65 6.80 4.20 4.70
  2011-07-07 6.10 6.56 6.65 6.90 7.05 4.45 4.90
  2012-06-08 5.85 6.31 6.40 6.65 6.80 4.20 4.70
  2012-07-06 5.60 6.00 6.15 6.40 6.55 4.00 4.50
  2014-11-22 5.60 5.60 6.00 6.00 6.15 3.75 4.25
  2015-03-01 5.35 5.35 5.75 5.75 5.90 3.50 4.00
  2015-05-11 5.10 5.10 5.50 5.50 5.65 3.25 3.75
  2015-06-28 4.85 4.85 5.25 5.25 5.40 3.00 3.50
  2015-08-26 4.60 4.60 5.00 5.00 5.15 2.75 3.25
  2015-10-24 4.35 4.35 4.75 4.75 4.90 2.75 3.25
`);

/** Announced, effective, big institutions before and after, medium ones before and after. */
const reserves = table(`
  2010-01-12 2010-01-18 15.5 16.0 13.5 14.0
  2010-05-02 2010-05-10 16.5 17.0 14.5 15.0
  2010-11-10 2010-11-16 17.0 17.5 15.0 15.5
  2011-02-18 2011-02-24 19.0 19.5 16.5 17.0
  2011-06-14 2011-06-20 21.0 21.5 19.0 19.5
  2011-11-30 2011-12-05 21.5 21.0 19.5 19.0
  2012-05-12 2012-05-18 20.5 20.0 18.5 18.0
  2015-02-04 2015-02-05 20.0 19.5 18.0 17.5
  2015-04-19 2015-04-20 19.5 18.5 17.5 16.5
  2015-08-25 2015-09-06 18.5 18.0 16.5 16.0
  2015-10-23 2015-10-24 18.0 17.5 16.0 15.5
  2016-02-29 2016-03-01 17.5 17.0 15.5 15.0
  2018-04-17 2018-04-25 17.0 16.0 15.0 14.0
  2018-06-24 2018-07-05 16.0 15.5 14.0 13.5
  2018-10-07 2018-10-15 15.5 14.5 13.5 12.5
  2019-01-04 2019-01-15 14.5 14.0 12.5 12.0
  2019-09-06 2019-09-16 13.5 13.0 11.5 11.0
  2020-01-01 2020-01-06 13.0 12.5 11.0 10.5
  2021-07-09 2021-07-15 12.5 12.0 10.5 10.0
  2021-12-06 2021-12-15 12.0 11.5 10.0 9.5
  2022-04-15 2022-04-25 11.5 11.2 9.5 9.2
  2022-11-25 2022-12-05 11.2 11.0 9.2 9.0
  2023-03-17 2023-03-27 11.0 10.7 9.0 8.7
  2023-09-14 2023-09-15 10.7 10.5 8.7 8.5
  2024-01-24 2024-02-05 10.5 10.0 8.5 8.0
  2024-09-24 2024-09-27 10.0 9.5 8.0 7.5
  2025-05-07 2025-05-15 9.5 9.0 7.5 7.0
`);

function six(cell: string): string {
  return cell === '-' ? '' : sixDecimals(Math.round(Number(cell) * 1_000_000));
}

export function depositRates(): Row[] {
  return deposits.map(([date, ...rates]) => {
    const cells = rates.map(six);
    const installment = [1, 2].map(i => cells[i] as string);
    return [date as string, ...cells, ...installment, rates[6] === '-' ? '' : (cells[3] as string)];
  });
}

export function loanRates(): Row[] {
  return loans.map(([date, ...rates]) => [date as string, ...rates.map(six)]);
}

export function reserveRatios(): Row[] {
  return reserves;
}

const firstMonth = 2009 * 12;

/** In 0.01 of 100 million yuan: currency in circulation, M1, M2 at the end of a month counted from year 0. */
function supply(month: number): readonly [number, number, number] {
  const years = (month - firstMonth) / 12;
  const season = month % 12 < 2 ? 1.07 : 1;
  const amount = (start: number, growth: number, key: number) =>
    Math.round(start * 100 * exp2(growth * years + 0.006 * walk(key, month - firstMonth)));
  return [Math.round(amount(38_000, 0.105, 901) * season), amount(190_000, 0.11, 902), amount(600_000, 0.135, 903)];
}

function money(units: number): string {
  return sixDecimals(units * 10_000);
}

function change(now: number, before: number, digits: number): string {
  const unit = 10 ** digits;
  return sixDecimals(Math.round((now / before - 1) * 100 * unit) * (1_000_000 / unit));
}

/** Months whose figures are out: those of a month appear in the middle of the next. */
function lastMonth(today: string): number {
  const month = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1;
  return Number(today.slice(8)) >= 15 ? month - 1 : month - 2;
}

export function moneySupplyByMonth(today: string): Row[] {
  const rows: Row[] = [];
  for (let month = firstMonth + 12; month <= lastMonth(today); month++) {
    const [now, last, year] = [supply(month), supply(month - 1), supply(month - 12)];
    const cells = now.flatMap((amount, i) => [
      money(amount),
      change(amount, year[i] as number, 1),
      change(amount, last[i] as number, 6),
    ]);
    rows.push([String(Math.floor(month / 12)), String((month % 12) + 1).padStart(2, '0'), ...cells]);
  }
  return rows;
}

export function moneySupplyByYear(today: string): Row[] {
  const rows: Row[] = [];
  for (let year = 2010; year * 12 + 11 <= lastMonth(today); year++) {
    const [now, before] = [supply(year * 12 + 11), supply(year * 12 - 1)];
    rows.push([String(year), ...now.flatMap((amount, i) => [money(amount), change(amount, before[i] as number, 1)])]);
  }
  return rows;
}
