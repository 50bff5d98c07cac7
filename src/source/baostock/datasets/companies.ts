/** Datasets about companies: dividends, seasonal figures, reports. Ratios are fractions (0.03 is 3 %) unless they say percent. */
import type { Method } from '../messages.ts';
import {
  type ColumnDeclaration,
  codeColumn,
  codeNeeded,
  column,
  type DatasetDeclaration,
  type ParameterDeclaration,
} from './declaration.ts';

function ratio(ours: string, theirs: string, comment: string): ColumnDeclaration {
  return column(ours, theirs, 'double', 'ratio', comment);
}

function yuan(ours: string, theirs: string, comment: string): ColumnDeclaration {
  return column(ours, theirs, 'double', 'yuan', comment);
}

function day(ours: string, theirs: string, comment: string): ColumnDeclaration {
  return column(ours, theirs, 'date', null, comment);
}

const published = day('pub_date', 'pubDate', 'day of publication: not known to anybody before');
const season = day('stat_date', 'statDate', 'last day of the quarter that the figures are of');

const yearAndQuarter: readonly ParameterDeclaration[] = [
  codeNeeded,
  { name: 'year', required: true, meaning: 'of the figures; of the latest quarter that is over if left out' },
  {
    name: 'quarter',
    required: true,
    meaning: '1 to 4; the latest that is over if left out',
    choices: ['1', '2', '3', '4'],
  },
];

function seasonal(
  name: string,
  table: string,
  method: Method,
  summary: string,
  columns: readonly ColumnDeclaration[],
): DatasetDeclaration {
  return {
    name,
    table,
    summary,
    asks: [{ method, send: { code: 'code', year: 'year', quarter: 'quarter' } }],
    parameters: yearAndQuarter,
    key: ['code', 'stat_date', 'pub_date'],
    columns: [codeColumn, published, season, ...columns],
  };
}

const dividends: DatasetDeclaration = {
  name: 'dividends',
  table: 'dividends',
  summary: 'dividends and bonus shares of a code in a year',
  asks: [{ method: 'query_dividend_data', send: { code: 'code', year: 'year', yearType: 'basis' } }],
  parameters: [
    codeNeeded,
    { name: 'year', required: true, meaning: 'of the announcement, or of the ex-date; this year if left out' },
    {
      name: 'basis',
      required: false,
      meaning: 'report (announced, the default) or operate (ex-date)',
      choices: ['report', 'operate'],
    },
  ],
  key: ['code', 'plan_announce_date', 'operate_date'],
  columns: [
    codeColumn,
    day('pre_notice_date', 'dividPreNoticeDate', 'first notice of the plan'),
    day('agm_date', 'dividAgmPumDate', 'announcement of the general meeting’s decision'),
    day('plan_announce_date', 'dividPlanAnnounceDate', 'announcement of the plan'),
    day('plan_date', 'dividPlanDate', 'announcement of the payment'),
    day('regist_date', 'dividRegistDate', 'record date: holders at its close are paid'),
    day('operate_date', 'dividOperateDate', 'ex-date: first session without the dividend'),
    day('pay_date', 'dividPayDate', 'day of payment'),
    day('stock_market_date', 'dividStockMarketDate', 'first session of the bonus shares'),
    column('cash_before_tax', 'dividCashPsBeforeTax', 'double', 'yuan a share', 'cash before tax'),
    column(
      'cash_after_tax',
      'dividCashPsAfterTax',
      'text',
      'yuan a share',
      'cash after tax; two values by holding time',
    ),
    column('bonus_shares', 'dividStocksPs', 'double', 'shares a share', 'bonus shares'),
    column('plan', 'dividCashStock', 'text', null, 'the plan in words: 10派3.2元（含税…）'),
    column('reserve_shares', 'dividReserveToStockPs', 'double', 'shares a share', 'shares out of the capital reserve'),
  ],
};

const profit = seasonal('profit', 'profit', 'query_profit_data', 'profitability of a quarter', [
  ratio('roe_avg', 'roeAvg', 'return on average equity'),
  ratio('np_margin', 'npMargin', 'net profit to revenue'),
  ratio('gp_margin', 'gpMargin', 'gross profit to revenue'),
  yuan('net_profit', 'netProfit', 'net profit'),
  column('eps_ttm', 'epsTTM', 'double', 'yuan a share', 'earnings of the last four quarters'),
  yuan('mb_revenue', 'MBRevenue', 'revenue of the main business'),
  column('total_share', 'totalShare', 'bigint', 'shares', 'all shares'),
  column('liqa_share', 'liqaShare', 'bigint', 'shares', 'tradable shares'),
]);

const operation = seasonal('operation', 'operation', 'query_operation_data', 'turnover of assets in a quarter', [
  column('nr_turn_ratio', 'NRTurnRatio', 'double', 'times', 'turnover of receivables'),
  column('nr_turn_days', 'NRTurnDays', 'double', 'days', 'days of receivables'),
  column('inv_turn_ratio', 'INVTurnRatio', 'double', 'times', 'turnover of stocks'),
  column('inv_turn_days', 'INVTurnDays', 'double', 'days', 'days of stocks'),
  column('ca_turn_ratio', 'CATurnRatio', 'double', 'times', 'turnover of current assets'),
  column('asset_turn_ratio', 'AssetTurnRatio', 'double', 'times', 'turnover of all assets'),
]);

const growth = seasonal('growth', 'growth', 'query_growth_data', 'growth of a quarter against a year before', [
  ratio('yoy_equity', 'YOYEquity', 'growth of equity'),
  ratio('yoy_asset', 'YOYAsset', 'growth of assets'),
  ratio('yoy_ni', 'YOYNI', 'growth of net profit'),
  ratio('yoy_eps_basic', 'YOYEPSBasic', 'growth of basic earnings a share'),
  ratio('yoy_pni', 'YOYPNI', 'growth of net profit of the parent’s holders'),
]);

const dupont = seasonal('dupont', 'dupont', 'query_dupont_data', 'return on equity taken apart', [
  ratio('dupont_roe', 'dupontROE', 'return on equity'),
  ratio('dupont_asset_sto_equity', 'dupontAssetStoEquity', 'assets to equity'),
  ratio('dupont_asset_turn', 'dupontAssetTurn', 'turnover of assets'),
  ratio('dupont_pnitoni', 'dupontPnitoni', 'net profit of the parent’s holders to net profit'),
  ratio('dupont_nitogr', 'dupontNitogr', 'net profit to revenue'),
  ratio('dupont_tax_burden', 'dupontTaxBurden', 'net profit to profit before tax'),
  ratio('dupont_intburden', 'dupontIntburden', 'profit before tax to earnings before interest and tax'),
  ratio('dupont_ebittogr', 'dupontEbittogr', 'earnings before interest and tax to revenue'),
]);

const balance = seasonal('balance', 'balance', 'query_balance_data', 'solvency at the end of a quarter', [
  ratio('current_ratio', 'currentRatio', 'current assets to current liabilities'),
  ratio('quick_ratio', 'quickRatio', 'current assets without stocks to current liabilities'),
  ratio('cash_ratio', 'cashRatio', 'cash to current liabilities'),
  ratio('yoy_liability', 'YOYLiability', 'growth of liabilities against a year before'),
  ratio('liability_to_asset', 'liabilityToAsset', 'liabilities to assets'),
  ratio('asset_to_equity', 'assetToEquity', 'assets to equity'),
]);

const cashFlow = seasonal(
  'cash-flow',
  'cash_flow',
  'query_cash_flow_data',
  'cash flow and kinds of assets in a quarter',
  [
    ratio('ca_to_asset', 'CAToAsset', 'current assets to assets'),
    ratio('nca_to_asset', 'NCAToAsset', 'non-current assets to assets'),
    ratio('tangible_asset_to_asset', 'tangibleAssetToAsset', 'tangible assets to assets'),
    ratio('ebit_to_interest', 'ebitToInterest', 'earnings before interest and tax to interest'),
    ratio('cfo_to_or', 'CFOToOR', 'cash flow of operations to revenue'),
    ratio('cfo_to_np', 'CFOToNP', 'cash flow of operations to net profit'),
    ratio('cfo_to_gr', 'CFOToGr', 'cash flow of operations to total revenue'),
  ],
);

const reportRange: readonly ParameterDeclaration[] = [
  codeNeeded,
  { name: 'from', required: true, meaning: 'first day of publication; one year back if left out' },
  { name: 'to', required: true, meaning: 'last day of publication; today if left out' },
];

const express: DatasetDeclaration = {
  name: 'express',
  table: 'express',
  summary: 'performance express reports: figures before the audited ones',
  asks: [{ method: 'query_performance_express_report', send: { code: 'code', start: 'from', end: 'to' } }],
  parameters: reportRange,
  key: ['code', 'stat_date', 'pub_date', 'update_date'],
  columns: [
    codeColumn,
    day('pub_date', 'performanceExpPubDate', 'day of publication'),
    day('stat_date', 'performanceExpStatDate', 'last day of the period'),
    day('update_date', 'performanceExpUpdateDate', 'day of the last change'),
    yuan('total_asset', 'performanceExpressTotalAsset', 'all assets'),
    yuan('net_asset', 'performanceExpressNetAsset', 'net assets'),
    ratio('eps_chg_pct', 'performanceExpressEPSChgPct', 'growth of earnings a share, a fraction'),
    column('roe_wa', 'performanceExpressROEWa', 'double', 'percent', 'weighted return on equity'),
    column('eps_diluted', 'performanceExpressEPSDiluted', 'double', 'yuan a share', 'diluted earnings'),
    ratio('gr_yoy', 'performanceExpressGRYOY', 'growth of revenue'),
    ratio('op_yoy', 'performanceExpressOPYOY', 'growth of operating profit'),
  ],
};

const forecast: DatasetDeclaration = {
  name: 'forecast',
  table: 'forecast',
  summary: 'profit forecasts that companies published',
  asks: [{ method: 'query_forecast_report', send: { code: 'code', start: 'from', end: 'to' } }],
  parameters: reportRange,
  key: ['code', 'stat_date', 'pub_date'],
  columns: [
    codeColumn,
    day('pub_date', 'profitForcastExpPubDate', 'day of publication'),
    day('stat_date', 'profitForcastExpStatDate', 'last day of the period'),
    column('type', 'profitForcastType', 'text', null, 'kind of forecast: 预增, 预亏 …'),
    column('abstract', 'profitForcastAbstract', 'text', null, 'the forecast in words'),
    column('chg_pct_up', 'profitForcastChgPctUp', 'double', 'percent', 'growth of net profit, upper bound'),
    column('chg_pct_down', 'profitForcastChgPctDwn', 'double', 'percent', 'growth of net profit, lower bound'),
  ],
};

export const companyDatasets = [
  dividends,
  profit,
  operation,
  growth,
  dupont,
  balance,
  cashFlow,
  express,
  forecast,
] as const;
