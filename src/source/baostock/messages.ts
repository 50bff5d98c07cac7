/**
 * Every message of the Baostock protocol, declared once: client, gateway and tests read this table and have no code of
 * their own for a method. A request is `method, user, page, size, parameters…` (whole-market requests have no page and
 * size); a successful answer is `0, success, method, user, page, size, record, parameters…, names`.
 *
 * Irregular in the provider, and so here: K data echoes its asked fields in place of the names; whole-market answers hold
 * record and names only; money supply by month (53) is answered with type 56.
 */
export interface Message {
  readonly method: string;
  readonly request: string;
  /** Types that may carry the answer; the first is what the provider's server sends. */
  readonly answers: readonly [string, ...string[]];
  /** False: no page and size in the request, no page, size and echo in the answer. */
  readonly paged: boolean;
  /** Parameters in the order of the request, by the provider's names. They are echoed in the same order. */
  readonly parameters: readonly string[];
  /** The field names exactly as the provider sends them, blanks and tabs included; null: the echoed `fields`. */
  readonly names: string | null;
}

/** The code that every answer begins with when it is no error. */
export const success = '0';

/** Session messages; their answers are `0, success, method, user, server time`. */
export const login = { method: 'login', request: '00', answer: '01' } as const;
export const logout = { method: 'logout', request: '02', answer: '03' } as const;
/** Any request can be answered with this: `code, text`. */
export const errorType = '04';

export const dailyFields =
  'date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,pbMRQ,psTTM,pcfNcfTTM,isST';
export const weeklyFields = 'date,code,open,high,low,close,volume,amount,adjustflag,turn,pctChg';
export const minuteFields = 'date,time,code,open,high,low,close,volume,amount,adjustflag';
/** Fields that a frequency offers; any other is refused with 10004012. */
export const fieldsOfFrequency: Readonly<Record<string, string>> = {
  d: dailyFields,
  w: weeklyFields,
  m: weeklyFields,
  '5': minuteFields,
  '15': minuteFields,
  '30': minuteFields,
  '60': minuteFields,
};

const members = 'updateDate, code, code_name';
const factors = 'code,dividOperateDate,foreAdjustFactor,backAdjustFactor,adjustFactor';
const season = ['code', 'year', 'quarter'];
const range = ['start', 'end'];
const codeRange = ['code', 'start', 'end'];

function table(
  method: string,
  request: string,
  answers: readonly [string, ...string[]],
  parameters: readonly string[],
  names: string,
): Message {
  return { method, request, answers, paged: true, parameters, names };
}

function wholeMarket(method: string, request: string, answer: string, names: string): Message {
  return { method, request, answers: [answer], paged: false, parameters: ['date'], names };
}

export const messages = {
  query_history_k_data_plus: {
    method: 'query_history_k_data_plus',
    request: '95',
    answers: ['96'],
    paged: true,
    parameters: ['code', 'fields', 'start', 'end', 'frequency', 'adjustflag'],
    names: null,
  },
  query_daily_history_k_AStock: wholeMarket('query_daily_history_k_AStock', '98', '99', dailyFields),
  query_daily_history_k_ETF: wholeMarket('query_daily_history_k_ETF', '9A', '9B', dailyFields),
  query_daily_adjust_factor: wholeMarket('query_daily_adjust_factor', '9C', '9D', factors),
  query_trade_dates: table('query_trade_dates', '33', ['34'], range, 'calendar_date, is_trading_day'),
  query_all_stock: table('query_all_stock', '35', ['36'], ['day'], 'code,tradeStatus,code_name'),
  query_stock_basic: table(
    'query_stock_basic',
    '45',
    ['46'],
    ['code', 'code_name'],
    'code, code_name, ipoDate, outDate, type, status',
  ),
  query_stock_industry: table(
    'query_stock_industry',
    '59',
    ['60'],
    ['code', 'date'],
    'updateDate, code, code_name, industry, industryClassification',
  ),
  query_hs300_stocks: table('query_hs300_stocks', '61', ['62'], ['date'], members),
  query_sz50_stocks: table('query_sz50_stocks', '63', ['64'], ['date'], members),
  query_zz500_stocks: table('query_zz500_stocks', '65', ['66'], ['date'], members),
  query_terminated_stocks: table('query_terminated_stocks', '67', ['68'], ['date'], members),
  query_suspended_stocks: table('query_suspended_stocks', '69', ['70'], ['date'], members),
  query_st_stocks: table('query_st_stocks', '71', ['72'], ['date'], members),
  query_starst_stocks: table('query_starst_stocks', '73', ['74'], ['date'], members),
  query_adjust_factor: table('query_adjust_factor', '15', ['16'], codeRange, factors),
  query_dividend_data: table(
    'query_dividend_data',
    '13',
    ['14'],
    ['code', 'year', 'yearType'],
    'code, dividPreNoticeDate, dividAgmPumDate, dividPlanAnnounceDate, dividPlanDate, \tdividRegistDate, dividOperateDate, dividPayDate, dividStockMarketDate, dividCashPsBeforeTax, dividCashPsAfterTax, dividStocksPs, \tdividCashStock, dividReserveToStockPs',
  ),
  query_profit_data: table(
    'query_profit_data',
    '17',
    ['18'],
    season,
    'code,pubDate,statDate,roeAvg,npMargin,gpMargin,netProfit,epsTTM,MBRevenue,totalShare,liqaShare',
  ),
  query_operation_data: table(
    'query_operation_data',
    '19',
    ['20'],
    season,
    'code,pubDate,statDate,NRTurnRatio,NRTurnDays,INVTurnRatio,INVTurnDays,CATurnRatio,AssetTurnRatio',
  ),
  query_growth_data: table(
    'query_growth_data',
    '21',
    ['22'],
    season,
    'code,pubDate,statDate,YOYEquity,YOYAsset,YOYNI,YOYEPSBasic,YOYPNI',
  ),
  query_dupont_data: table(
    'query_dupont_data',
    '23',
    ['24'],
    season,
    'code,pubDate,statDate,dupontROE,dupontAssetStoEquity,dupontAssetTurn,dupontPnitoni,dupontNitogr,dupontTaxBurden,dupontIntburden,dupontEbittogr',
  ),
  query_balance_data: table(
    'query_balance_data',
    '25',
    ['26'],
    season,
    'code,pubDate,statDate,currentRatio,quickRatio,cashRatio,YOYLiability,liabilityToAsset,assetToEquity',
  ),
  query_cash_flow_data: table(
    'query_cash_flow_data',
    '27',
    ['28'],
    season,
    'code,pubDate,statDate,CAToAsset,NCAToAsset,tangibleAssetToAsset,ebitToInterest,CFOToOR,CFOToNP,CFOToGr',
  ),
  query_performance_express_report: table(
    'query_performance_express_report',
    '29',
    ['30'],
    codeRange,
    'code,performanceExpPubDate,performanceExpStatDate,performanceExpUpdateDate,performanceExpressTotalAsset,performanceExpressNetAsset,performanceExpressEPSChgPct,performanceExpressROEWa,performanceExpressEPSDiluted,performanceExpressGRYOY,performanceExpressOPYOY',
  ),
  query_forecast_report: table(
    'query_forecast_report',
    '31',
    ['32'],
    codeRange,
    'code,profitForcastExpPubDate,profitForcastExpStatDate,profitForcastType,profitForcastAbstract,profitForcastChgPctUp,profitForcastChgPctDwn',
  ),
  query_deposit_rate_data: table(
    'query_deposit_rate_data',
    '47',
    ['48'],
    range,
    'pubDate, demandDepositRate, fixedDepositRate3Month, fixedDepositRate6Month, fixedDepositRate1Year, fixedDepositRate2Year, fixedDepositRate3Year, fixedDepositRate5Year, installmentFixedDepositRate1Year, installmentFixedDepositRate3Year, installmentFixedDepositRate5Year',
  ),
  query_loan_rate_data: table(
    'query_loan_rate_data',
    '49',
    ['50'],
    range,
    'pubDate, loanRate6Month, loanRate6MonthTo1Year, loanRate1YearTo3Year, loanRate3YearTo5Year, loanRateAbove5Year, mortgateRateBelow5Year, mortgateRateAbove5Year',
  ),
  query_required_reserve_ratio_data: table(
    'query_required_reserve_ratio_data',
    '51',
    ['52'],
    ['start', 'end', 'yearType'],
    'pubDate, effectiveDate, bigInstitutionsRatioPre, bigInstitutionsRatioAfter, mediumInstitutionsRatioPre, mediumInstitutionsRatioAfter',
  ),
  query_money_supply_data_month: table(
    'query_money_supply_data_month',
    '53',
    ['56', '54'],
    range,
    'statYear, statMonth, m0Month, m0YOY, m0ChainRelative, m1Month, m1YOY, m1ChainRelative, m2Month, m2YOY, m2ChainRelative',
  ),
  query_money_supply_data_year: table(
    'query_money_supply_data_year',
    '55',
    ['56'],
    range,
    'statYear, m0Year, m0YearYOY, m1Year, m1YearYOY, m2Year, m2YearYOY',
  ),
} as const satisfies Readonly<Record<string, Message>>;

export type Method = keyof typeof messages;

export function messageOf(method: Method): Message {
  return messages[method];
}

export const messageOfRequest: ReadonlyMap<string, Message> = new Map(
  Object.values(messages).map((message: Message) => [message.request, message]),
);

/** Field names of an answer or of a `fields` parameter: trimmed of the blanks and tabs around the commas. */
export function splitNames(names: string): string[] {
  return names.split(',').map(name => name.trim());
}

/** The fields of a request: `user` as logged in, `page` from 1, values in the order of `message.parameters`. */
export function requestFields(
  message: Message,
  user: string,
  page: number,
  size: number,
  values: readonly string[],
): string[] {
  if (!message.paged) return [message.method, user, ...values];
  return [message.method, user, String(page), String(size), ...values];
}

/**
 * The fields of a successful answer to a request with these fields: `record` is the JSON text, empty for no rows; `names`
 * replaces the declared names where a server serves fewer columns.
 */
export function answerFields(
  message: Message,
  request: readonly string[],
  record: string,
  names: string | null = message.names,
): string[] {
  const head = message.paged ? 4 : 2;
  const echo = message.paged ? request.slice(head) : [];
  return [success, 'success', ...request.slice(0, head), record, ...echo, ...(names === null ? [] : [names])];
}

/** Where the record stands in an answer; the echoed parameters follow in a paged one. */
export function recordIndex(message: Message): number {
  return message.paged ? 6 : 4;
}

/** Where the field names stand in an answer. */
export function namesIndex(message: Message): number {
  if (!message.paged) return 5;
  return message.names === null ? 7 + message.parameters.indexOf('fields') : 7 + message.parameters.length;
}

/** Number of fields of a successful answer. */
export function answerLength(message: Message): number {
  if (!message.paged) return 6;
  return 7 + message.parameters.length + (message.names === null ? 0 : 1);
}
