/** Datasets about the market itself: what is listed, when it trades, at what prices, who belongs to which list. */
import {
  type Ask,
  codeColumn,
  column,
  type DatasetDeclaration,
  nameColumn,
  type ParameterDeclaration,
} from './declaration.ts';

const prices = [
  column('open', 'open', 'double', 'yuan', 'as traded; an index: points'),
  column('high', 'high', 'double', 'yuan', 'as traded; an index: points'),
  column('low', 'low', 'double', 'yuan', 'as traded; an index: points'),
  column('close', 'close', 'double', 'yuan', 'as traded; an index: points'),
];
const traded = [
  column('volume', 'volume', 'bigint', 'shares', 'shares traded'),
  column('amount', 'amount', 'double', 'yuan', 'yuan traded'),
];
const session = column('date', 'date', 'date', null, 'session, date in Shanghai', { needed: true });

export const dailyColumns = [
  session,
  codeColumn,
  ...prices,
  column('pre_close', 'preclose', 'double', 'yuan', "the exchange's reference: close before, less what went ex"),
  ...traded,
  column('turn', 'turn', 'double', 'percent', 'of tradable shares; NULL when suspended'),
  column('is_suspended', 'tradestatus', 'flag', null, 'true: no trading that session', { inverse: true }),
  column('pct_chg', 'pctChg', 'double', 'percent', 'close against pre_close'),
  column('pe_ttm', 'peTTM', 'double', 'ratio', 'price to earnings of the last four quarters'),
  column('pb_mrq', 'pbMRQ', 'double', 'ratio', 'price to book of the latest quarter'),
  column('ps_ttm', 'psTTM', 'double', 'ratio', 'price to sales of the last four quarters'),
  column('pcf_ncf_ttm', 'pcfNcfTTM', 'double', 'ratio', 'price to net cash flow of the last four quarters'),
  column('is_st', 'isST', 'flag', null, 'true: under special treatment (ST, *ST) that session'),
];

export const minuteColumns = [
  session,
  column('time', 'time', 'timestamp', null, 'end of the bar, wall clock in Shanghai', { needed: true }),
  codeColumn,
  ...prices,
  ...traded,
];

/** `type` of the provider's catalogue. */
const kinds = { '1': 'stock', '2': 'index', '3': 'other', '4': 'bond', '5': 'etf' };

const instruments: DatasetDeclaration = {
  name: 'instruments',
  table: 'instruments',
  summary: 'the catalogue: stocks, indices, funds and bonds, also the delisted',
  asks: [{ method: 'query_stock_basic', send: { code: 'code', code_name: 'name' } }],
  parameters: [
    { name: 'code', required: false, meaning: 'one security instead of all' },
    { name: 'name', required: false, meaning: 'part of a name' },
  ],
  key: ['code'],
  columns: [
    codeColumn,
    nameColumn(),
    column('kind', 'type', 'text', null, 'stock, index, etf, bond or other', { words: kinds }),
    column('board', null, 'text', null, 'of stocks, by their number: main, star, chinext, bse'),
    column('list_date', 'ipoDate', 'date', null, 'first session'),
    column('delist_date', 'outDate', 'date', null, 'day it left the exchange; NULL while listed'),
  ],
};

const calendar: DatasetDeclaration = {
  name: 'calendar',
  table: 'calendar',
  summary: 'every calendar day, open or not, to the end of this year',
  asks: [{ method: 'query_trade_dates', send: { start: 'from', end: 'to' } }],
  parameters: [
    { name: 'from', required: true, meaning: 'first day', offered: false },
    { name: 'to', required: true, meaning: 'last day', offered: false },
  ],
  key: ['date'],
  columns: [
    column('date', 'calendar_date', 'date', null, 'calendar day in Shanghai', { needed: true }),
    column('is_open', 'is_trading_day', 'flag', null, 'true: a session', { needed: true }),
  ],
};

export const factors: DatasetDeclaration = {
  name: 'factors',
  table: 'adj_factors',
  summary: 'backward adjustment factors, of one code or of the whole market on one date',
  asks: [
    {
      method: 'query_adjust_factor',
      needs: ['code'],
      send: { code: 'code', start: 'from', end: 'to' },
      fixed: { status: 'settled' },
    },
    { method: 'query_daily_adjust_factor', needs: ['date'], send: { date: 'date' }, fixed: { status: 'settled' } },
  ],
  parameters: [
    { name: 'code', required: false, meaning: 'the whole history of a security' },
    { name: 'from', required: false, meaning: 'first ex-date; 1990-01-01 if left out', offered: false },
    { name: 'to', required: false, meaning: 'last ex-date', offered: false },
    { name: 'date', required: false, meaning: 'the whole market on this date' },
  ],
  key: ['code', 'ex_date'],
  columns: [
    codeColumn,
    column('ex_date', 'dividOperateDate', 'date', null, 'first session without the dividend or right', {
      needed: true,
    }),
    column(
      'hfq_factor',
      'backAdjustFactor',
      'double',
      'ratio',
      'from this session on: hfq price = price * hfq_factor',
      {
        needed: true,
        positive: true,
      },
    ),
    column('status', null, 'text', null, "settled: the provider's own factor"),
  ],
};

const dayBars: DatasetDeclaration = {
  name: 'day-bars',
  table: 'daily',
  summary: 'daily bars of all stocks and ETFs on one date; indices are not among them',
  asks: [
    {
      method: 'query_daily_history_k_AStock',
      send: { date: 'date' },
      choice: { parameter: 'kind', value: 'stock' },
    },
    // The provider marks every ETF as ST.
    {
      method: 'query_daily_history_k_ETF',
      send: { date: 'date' },
      choice: { parameter: 'kind', value: 'etf' },
      fixed: { is_st: false },
    },
  ],
  parameters: [
    { name: 'date', required: true, meaning: 'the session; the last published one if left out' },
    { name: 'kind', required: false, meaning: 'stocks or ETFs alone', choices: ['stock', 'etf'] },
  ],
  key: ['code', 'date'],
  columns: dailyColumns,
  bars: true,
};

const onDate: ParameterDeclaration = {
  name: 'date',
  required: false,
  meaning: 'as of this day; the newest if left out',
};
const listed = [codeColumn, nameColumn()];
const validity = column('valid_from', 'updateDate', 'date', null, "day of the provider's list that first had it so", {
  needed: true,
});

function membersOf(method: Ask['method'], index: string): Ask {
  return {
    method,
    send: { date: 'date' },
    choice: { parameter: 'index', value: index },
    fixed: { index_name: index },
  };
}

const indexMembers: DatasetDeclaration = {
  name: 'index-members',
  table: 'index_members',
  summary: 'members of CSI 300, SSE 50 and CSI 500, as ranges of dates',
  asks: [
    membersOf('query_hs300_stocks', 'hs300'),
    membersOf('query_sz50_stocks', 'sz50'),
    membersOf('query_zz500_stocks', 'zz500'),
  ],
  parameters: [
    { name: 'index', required: false, meaning: 'one index instead of all three', choices: ['hs300', 'sz50', 'zz500'] },
    onDate,
  ],
  key: ['index_name', 'code'],
  columns: [column('index_name', null, 'text', null, 'hs300, sz50 or zz500'), ...listed, validity],
  ranged: true,
};

const industry: DatasetDeclaration = {
  name: 'industry',
  table: 'industries',
  summary: 'industry of every stock by the securities regulator, as ranges of dates',
  asks: [{ method: 'query_stock_industry', send: { code: 'code', date: 'date' } }],
  parameters: [{ name: 'code', required: false, meaning: 'one security instead of all' }, onDate],
  key: ['code'],
  columns: [
    ...listed,
    column('industry', 'industry', 'text', null, 'class letter, number and name: J66货币金融服务'),
    column('classification', 'industryClassification', 'text', null, 'whose classification it is'),
    validity,
  ],
  ranged: true,
};

const st: DatasetDeclaration = {
  name: 'st',
  table: 'st_stocks',
  summary: 'stocks under special treatment (ST, *ST), as ranges of dates',
  asks: [
    { method: 'query_st_stocks', send: { date: 'date' }, fixed: { treatment: 'ST' } },
    { method: 'query_starst_stocks', send: { date: 'date' }, fixed: { treatment: '*ST' } },
  ],
  parameters: [onDate],
  key: ['treatment', 'code'],
  columns: [column('treatment', null, 'text', null, 'ST, or *ST: delisting is near'), ...listed, validity],
  ranged: true,
};

const suspended: DatasetDeclaration = {
  name: 'suspended',
  table: 'suspended_stocks',
  summary: 'stocks that did not trade on a date',
  asks: [{ method: 'query_suspended_stocks', send: { date: 'date' } }],
  parameters: [onDate],
  key: ['date', 'code'],
  columns: [column('date', 'updateDate', 'date', null, "day of the provider's list"), ...listed],
};

const terminated: DatasetDeclaration = {
  name: 'terminated',
  table: 'terminated_stocks',
  summary: 'stocks that left the exchange before a date',
  asks: [{ method: 'query_terminated_stocks', send: { date: 'date' } }],
  parameters: [onDate],
  key: ['code'],
  columns: [...listed, column('list_as_of', 'updateDate', 'date', null, "day of the provider's list")],
};

export const marketDatasets = [
  instruments,
  calendar,
  factors,
  dayBars,
  industry,
  indexMembers,
  st,
  suspended,
  terminated,
] as const;
