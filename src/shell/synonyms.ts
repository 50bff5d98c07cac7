/**
 * What the field calls a column elsewhere, by our names for it: the words of Baostock, of Tushare, of pandas users and of
 * Chinese readers. For suggestions only.
 */
import { nearest } from './nearest.ts';

const synonyms: Readonly<Record<string, readonly string[]>> = {
  code: ['ts_code', 'symbol', 'ticker', 'stock_code', '代码', '股票代码', '证券代码'],
  date: ['trade_date', 'tradedate', 'day', 'dt', '日期', '交易日期'],
  name: ['code_name', 'stock_name', '名称', '股票名称', '证券简称'],
  open: ['开盘', '开盘价'],
  high: ['最高', '最高价'],
  low: ['最低', '最低价'],
  close: ['收盘', '收盘价', 'price', 'last'],
  pre_close: ['preclose', 'prev_close', 'last_close', '昨收', '昨收价', '前收盘'],
  volume: ['vol', '成交量'],
  amount: ['turnover_value', 'money', '成交额', '成交金额'],
  turn: ['turnover', 'turnover_rate', '换手', '换手率'],
  pct_chg: ['pctchg', 'pct_change', 'change_pct', 'chg', '涨跌幅', '涨幅'],
  is_suspended: ['tradestatus', 'trade_status', 'suspended', '停牌'],
  is_st: ['isst', 'st'],
  pe_ttm: ['pettm', 'pe', '市盈率'],
  pb_mrq: ['pbmrq', 'pb', '市净率'],
  ps_ttm: ['psttm', 'ps', '市销率'],
  pcf_ncf_ttm: ['pcfncfttm', 'pcf', '市现率'],
  hfq_factor: ['backadjustfactor', 'adj_factor', 'adjustfactor', '后复权因子'],
  ex_date: ['dividoperatedate', '除权日', '除权除息日'],
  list_date: ['ipodate', 'ipo_date', '上市日期'],
  delist_date: ['outdate', '退市日期'],
  is_open: ['is_trading_day', '交易日'],
  industry: ['行业'],
};

/** What else a column of ours is called. */
export function synonymsOf(column: string): readonly string[] {
  return synonyms[column] ?? [];
}

const ours = new Map<string, string>(
  Object.entries(synonyms).flatMap(([column, words]) => words.map(word => [word, column] as const)),
);

const longer = [...ours.keys()].filter(word => /^\w{5,}$/.test(word));

/** Our column for a word of the field, and that word where the typed one is only near it (`收盘价x`); null when none. */
export function columnMeant(typed: string): { readonly column: string; readonly word: string | null } | null {
  const wanted = typed.toLowerCase();
  const exact = ours.get(wanted);
  if (exact) return { column: exact, word: null };
  const inside = [...ours.keys()]
    .filter(word => /[^\x20-\x7e]/.test(word) && wanted.includes(word))
    .sort((a, b) => b.length - a.length)[0];
  const word = inside ?? (wanted.length >= 4 && !(wanted in synonyms) ? nearest(wanted, longer, 1)[0] : undefined);
  const column = word === undefined ? undefined : ours.get(word);
  return word === undefined || column === undefined ? null : { column, word };
}
