/**
 * The forms in which daily bars are exchanged, told apart by their headers: our own, Baostock's, Tushare's, akshare's. Each says how
 * a cell of the file becomes a column of `daily`, with its unit. Sources: the providers' own documentation of their fields.
 */
import { Problem } from '../market/problem.ts';

export interface ImportForm {
  readonly name: 'duckline' | 'baostock' | 'tushare' | 'akshare';
  /** Header of the date; of the code, where rows name it. */
  readonly date: string;
  readonly code: string | null;
  /** Header that tells how prices are adjusted, and its value for prices as traded. */
  readonly adjusted: { readonly header: string; readonly none: string } | null;
  /** Column of ours → SQL over the text cells, `"header"` quoted. What a file lacks is NULL. */
  readonly columns: Readonly<Record<string, string>>;
  /** Headers without which it is not this form. */
  readonly needs: readonly string[];
}

const cell = (header: string): string => `"${header}"`;
/** A cell of any type as text: those of CSV are text, those of Parquet are numbers or text. */
const text = (header: string): string => `trim(cast(${cell(header)} as varchar))`;
/** What programs write for a number that there is not; NaN is one of them. */
const nothing = `('', 'nan', 'none', 'null', 'na', 'n/a', '-', '--')`;
const double = (header: string): string =>
  `case when lower(${text(header)}) not in ${nothing} then try_cast(${cell(header)} as double) end`;
const number = (header: string, factor = 1): string =>
  factor === 1 ? double(header) : `${double(header)} * ${factor}`;
const whole = (header: string, factor = 1): string => `try_cast(round(${double(header)} * ${factor}) as bigint)`;
const flag = (header: string): string => `lower(${text(header)}) in ('1', '1.0', 'true')`;

export const importForms: readonly ImportForm[] = [
  {
    name: 'baostock',
    date: 'date',
    code: 'code',
    adjusted: { header: 'adjustflag', none: '3' },
    needs: ['date', 'open', 'high', 'low', 'close', 'preclose', 'volume', 'amount'],
    columns: {
      open: number('open'),
      high: number('high'),
      low: number('low'),
      close: number('close'),
      pre_close: number('preclose'),
      volume: whole('volume'),
      amount: number('amount'),
      turn: number('turn'),
      pct_chg: number('pctChg'),
      is_suspended: `${text('tradestatus')} in ('0', '0.0')`,
      is_st: flag('isST'),
      pe_ttm: number('peTTM'),
      pb_mrq: number('pbMRQ'),
      ps_ttm: number('psTTM'),
      pcf_ncf_ttm: number('pcfNcfTTM'),
    },
  },
  {
    name: 'tushare',
    date: 'trade_date',
    code: 'ts_code',
    adjusted: null,
    needs: ['trade_date', 'open', 'high', 'low', 'close', 'vol', 'amount'],
    columns: {
      open: number('open'),
      high: number('high'),
      low: number('low'),
      close: number('close'),
      pre_close: number('pre_close'),
      // Lots of a hundred shares with decimals, and thousands of yuan.
      volume: whole('vol', 100),
      amount: number('amount', 1000),
      pct_chg: number('pct_chg'),
      is_suspended: 'false',
    },
  },
  {
    name: 'akshare',
    date: '日期',
    code: '股票代码',
    adjusted: null,
    needs: ['日期', '开盘', '收盘', '最高', '最低', '成交量', '成交额'],
    columns: {
      open: number('开盘'),
      high: number('最高'),
      low: number('最低'),
      close: number('收盘'),
      // The change in yuan is close less reference; two decimals are all that prices have.
      pre_close: `round(${number('收盘')} - ${number('涨跌额')}, 4)`,
      volume: whole('成交量', 100),
      amount: number('成交额'),
      turn: number('换手率'),
      pct_chg: number('涨跌幅'),
      is_suspended: 'false',
    },
  },
  {
    name: 'duckline',
    date: 'date',
    code: 'code',
    adjusted: null,
    needs: ['date', 'open', 'high', 'low', 'close', 'volume', 'amount'],
    columns: {
      open: number('open'),
      high: number('high'),
      low: number('low'),
      close: number('close'),
      pre_close: number('pre_close'),
      volume: whole('volume'),
      amount: number('amount'),
      turn: number('turn'),
      pct_chg: number('pct_chg'),
      is_suspended: flag('is_suspended'),
      is_st: flag('is_st'),
      pe_ttm: number('pe_ttm'),
      pb_mrq: number('pb_mrq'),
      ps_ttm: number('ps_ttm'),
      pcf_ncf_ttm: number('pcf_ncf_ttm'),
    },
  },
];

/** The form of a file by its headers. @throws Problem `usage` where they are nobody's. */
export function formOf(headers: readonly string[], file: string): ImportForm {
  const form = importForms.find(({ needs }) => needs.every(header => headers.includes(header)));
  if (form) return form;
  const nearest = importForms
    .map(one => ({ one, missing: one.needs.filter(header => !headers.includes(header)) }))
    .sort((a, b) => a.missing.length - b.missing.length)[0];
  const lacks = nearest && nearest.missing.length < nearest.one.needs.length ? nearest : null;
  throw new Problem(
    'usage',
    lacks
      ? `${file} looks like a file of ${lacks.one.name} without ${lacks.missing.join(', ')}.`
      : `${file} has headers that are not known here: ${headers.slice(0, 8).join(', ')}.`,
    { next: 'known are the daily bars of Baostock, Tushare, akshare and our own export: help import' },
  );
}

/**
 * SQL of what is wrong with a row's cells: the first one that should be a number and is none, in words; NULL where all are. An empty
 * cell is a value that there is not.
 */
export function flawOf({ columns }: ImportForm, headers: readonly string[]): string {
  const numbers = Object.entries(columns).filter(([column]) => !column.startsWith('is_'));
  const used = new Set(numbers.flatMap(([, sql]) => headersIn(sql)).filter(header => headers.includes(header)));
  const flaws = [...used].map(
    header =>
      `when lower(${text(header)}) not in ${nothing} and try_cast(${cell(header)} as double) is null then '${header} is no number'`,
  );
  return `case ${flaws.join(' ')} end`;
}

function headersIn(sql: string): readonly string[] {
  return [...sql.matchAll(/"([^"]+)"/g)].map(([, header]) => header as string);
}

/** SQL of every column of ours; NULL where the file lacks one of the headers that it is made of. */
export function expressionsOf({ columns }: ImportForm, headers: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(columns).map(([column, sql]) => {
      return [column, headersIn(sql).every(header => headers.includes(header)) ? sql : 'null'];
    }),
  );
}
