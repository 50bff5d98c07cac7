/**
 * The answer to one query: its parameters checked as the provider checks them, its rows, its page. What the provider lets
 * pass in silence (unknown codes, days to come, windows without rows) is an empty success here too.
 */
import {
  answerFields,
  fieldsOfFrequency,
  type Message,
  messageOfRequest,
  splitNames,
} from '../source/baostock/messages.ts';
import { isRefused, type Refused, refuse } from './errors.ts';
import {
  type AdjustFlag,
  adjustFlags,
  type Frequency,
  frequencies,
  type Known,
  type Market,
  type Params,
  type Row,
  type Series,
} from './market.ts';
import { asDate } from './published.ts';
import { select } from './selection.ts';

export interface Answered {
  readonly type: string;
  readonly fields: readonly string[];
}

/** More rows than this are never put on one page, however many a client asks for. */
export const largestPage = 10_000;

/** Fields as they came, the method first; `type` is the request's. */
export function answerQuery(
  market: Market,
  type: string,
  fields: readonly string[],
  known: Known,
  pageCap: number,
): Answered | Refused {
  const message = messageOfRequest.get(type);
  if (!message || fields[0] !== message.method) return refuse('10004020');
  const head = message.paged ? 4 : 2;
  if (fields.length !== head + message.parameters.length) return refuse('10004006');
  const params: Record<string, string> = {};
  for (const [i, name] of message.parameters.entries()) params[name] = fields[head + i] as string;
  const page = message.paged ? Number(fields[2]) : 1;
  const size = message.paged ? Number(fields[3]) : Number.MAX_SAFE_INTEGER;
  if (!(Number.isSafeInteger(page) && page > 0 && Number.isSafeInteger(size) && size > 0)) return refuse('10004004');
  const rowsAPage = message.paged ? Math.min(size, pageCap, largestPage) : size;

  const checked = check(message, params);
  if (isRefused(checked)) return checked;
  const rows = rowsOf(market, message, checked, known, (page - 1) * rowsAPage, rowsAPage);
  if (isRefused(rows)) return rows;
  const record = rows.length > 0 ? JSON.stringify({ record: rows }) : '';
  const echoed = message.paged && rowsAPage !== size ? fields.with(3, String(rowsAPage)) : fields;
  return { type: message.answers[0], fields: answerFields(message, echoed, record) };
}

/** Parameters with their dates in one form, or what is wrong with them. */
function check(message: Message, params: Params): Params | Refused {
  const checked: Record<string, string> = { ...params };
  const codeNeeded = message.method !== 'query_stock_basic' && message.method !== 'query_stock_industry';
  if ('code' in params && (params.code !== '' || codeNeeded) && !/^s[hz]\.\d{6}$/.test(params.code as string)) {
    return refuse('10004011');
  }
  const byMonth = message.method === 'query_money_supply_data_month';
  const byYear = message.method === 'query_money_supply_data_year';
  const read = (text: string) => {
    if (byMonth) return /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? text : null;
    if (byYear) return /^\d{4}$/.test(text) ? text : null;
    return asDate(text);
  };
  for (const [name, error] of [
    ['start', '10004007'],
    ['end', '10004008'],
    ['date', '10004010'],
    ['day', '10004010'],
  ] as const) {
    const text = params[name];
    if (!text) continue;
    const date = read(text);
    if (date === null) return refuse(error);
    checked[name] = date;
  }
  if (checked.start && checked.end && checked.start > checked.end) return refuse('10004009');
  if ('year' in params && !/^\d{4}$/.test(params.year as string)) return refuse('10004004');
  if ('quarter' in params && !/^[1-4]$/.test(params.quarter as string)) return refuse('10004004');
  if (message.method === 'query_dividend_data' && !/^(report|operate)$/.test(params.yearType as string)) {
    return refuse('10004012');
  }
  if (message.method === 'query_required_reserve_ratio_data' && !/^[01]?$/.test(params.yearType as string)) {
    return refuse('10004012');
  }
  return checked;
}

function rowsOf(
  market: Market,
  message: Message,
  params: Params,
  known: Known,
  from: number,
  count: number,
): readonly Row[] | Refused {
  const { code = '', start = '', end = '', date = '' } = params;
  const within = (rows: readonly Row[]) => rows.slice(from, from + count);
  const dateOf = ([, day = '']: Row) => day;
  switch (message.method) {
    case 'query_history_k_data_plus':
      return barRows(market, params, known, from, count);
    case 'query_daily_history_k_AStock':
      return date > known.daily ? [] : market.barsOn(date, 'stock');
    case 'query_daily_history_k_ETF':
      return date > known.daily ? [] : market.barsOn(date, 'fund');
    case 'query_daily_adjust_factor':
      return date > known.factors ? [] : market.factorsOn(date, known);
    case 'query_adjust_factor':
      return within(
        market.factors(code, known).filter(row => dateOf(row) >= start && (end === '' || dateOf(row) <= end)),
      );
    case 'query_trade_dates': {
      const lastKnown = `${known.today.slice(0, 4)}-12-31`;
      return pageOf(market.tradeDates, start, end === '' ? known.today : earlier(end, lastKnown), from, count);
    }
    default:
      return within(select(message, market.table(message.method, params, known), params, known));
  }
}

const lineNames: Readonly<Record<Frequency, string>> = {
  d: '日线',
  w: '周线',
  m: '月线',
  '5': '5分钟线',
  '15': '15分钟线',
  '30': '30分钟线',
  '60': '60分钟线',
};

function barRows(market: Market, params: Params, known: Known, from: number, count: number): readonly Row[] | Refused {
  const { code = '', start = '', end = '', fields = '' } = params;
  const frequency = frequencies.find(one => one === params.frequency);
  if (!frequency) return refuse('10004012');
  const adjust = adjustFlags.find(one => one === params.adjustflag);
  if (!adjust) return refuse('10004012', `${lineNames[frequency]}指标参数传入错误:${params.adjustflag}`);
  const offered = splitNames(fieldsOfFrequency[frequency] as string);
  const asked = splitNames(fields);
  const wrong = asked.find(name => !offered.includes(name));
  if (wrong !== undefined) return refuse('10004012', `${lineNames[frequency]}指标参数传入错误:${wrong}`);
  if (new Set(asked).size !== asked.length) return refuse('10004018');
  const series = market.bars(code, frequency, adjust as AdjustFlag, known);
  if (!series) return [];
  const last = /^[dwm]$/.test(frequency) ? known.daily : known.minutes;
  const rows = pageOf(series, start, end === '' ? last : earlier(end, last), from, count);
  if (asked.length === series.columns.length && asked.every((name, i) => name === series.columns[i])) return rows;
  const places = asked.map(name => series.columns.indexOf(name));
  return rows.map(row => places.map(place => row[place] ?? ''));
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

/** Rows of a series between two dates, both included, from one position among them on. */
function pageOf(series: Series, start: string, end: string, from: number, count: number): Row[] {
  const first = firstFrom(series, start) + from;
  const last = Math.min(firstFrom(series, `${end}~`), first + count);
  const rows: Row[] = [];
  for (let index = first; index < last; index++) rows.push(series.row(index));
  return rows;
}

function firstFrom(series: Series, date: string): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series.dateAt(middle) < date) low = middle + 1;
    else high = middle;
  }
  return low;
}
