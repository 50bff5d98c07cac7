/** Which rows of a table answer a request: by code, season, range of dates, newest list. The same for every market. */
import type { Message } from '../source/baostock/messages.ts';
import type { Known, Params, Row } from './market.ts';

type Keep = (rows: readonly Row[], params: Params, known: Known) => readonly Row[];

const quarterEnds: Readonly<Record<string, string>> = { '1': '03-31', '2': '06-30', '3': '09-30', '4': '12-31' };

function between(text: string, { start = '', end = '' }: Params): boolean {
  return (start === '' || text >= start) && (end === '' || text <= end);
}

/** The newest list not after the date asked for; a date to come, or none, means today. */
const newest: Keep = (rows, { date }, known) => {
  const day = !date || date > known.today ? known.today : date;
  let found = '';
  for (const [updated = ''] of rows) if (updated <= day && updated > found) found = updated;
  return rows.filter(([updated]) => updated === found);
};

const season: Keep = (rows, { year, quarter = '' }, { today }) =>
  rows.filter(([, published = '', end]) => end === `${year}-${quarterEnds[quarter]}` && published <= today);

const published: Keep = (rows, params, { today }) =>
  rows.filter(([, date = '']) => between(date, params) && date <= today);

const announced: Keep = (rows, params, { today }) =>
  rows.filter(([date = '']) => between(date, params) && date <= today);

const rules: Readonly<Record<string, Keep>> = {
  query_stock_basic: (rows, { code_name: name = '' }) => rows.filter(row => row[1]?.includes(name)),
  query_stock_industry: newest,
  query_hs300_stocks: newest,
  query_sz50_stocks: newest,
  query_zz500_stocks: newest,
  query_terminated_stocks: newest,
  query_suspended_stocks: newest,
  query_st_stocks: newest,
  query_starst_stocks: newest,
  query_dividend_data: (rows, { year = '', yearType }, { today }) =>
    rows.filter(row => row[yearType === 'operate' ? 6 : 3]?.startsWith(`${year}-`) && (row[3] as string) <= today),
  query_profit_data: season,
  query_operation_data: season,
  query_growth_data: season,
  query_dupont_data: season,
  query_balance_data: season,
  query_cash_flow_data: season,
  query_performance_express_report: published,
  query_forecast_report: published,
  query_deposit_rate_data: announced,
  query_loan_rate_data: announced,
  query_required_reserve_ratio_data: (rows, params, { today }) =>
    rows.filter(row => between(row[params.yearType === '1' ? 1 : 0] as string, params) && (row[0] as string) <= today),
  query_money_supply_data_month: (rows, params) => rows.filter(([year, month]) => between(`${year}-${month}`, params)),
  query_money_supply_data_year: (rows, params) => rows.filter(([year = '']) => between(year, params)),
};

/** Rows in the message's columns, in their order; those of another code are dropped where the message has one. */
export function select(message: Message, rows: readonly Row[], params: Params, known: Known): readonly Row[] {
  const code = params.code;
  const at = message.names?.split(',').findIndex(name => name.trim() === 'code') ?? -1;
  const own = code && at >= 0 ? rows.filter(row => row[at] === code) : rows;
  return rules[message.method]?.(own, params, known) ?? own;
}
