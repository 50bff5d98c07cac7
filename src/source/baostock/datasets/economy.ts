/** Datasets of the central bank: interest rates, reserve ratios, money supply. */
import { type ColumnDeclaration, column, type DatasetDeclaration, type ParameterDeclaration } from './declaration.ts';

function percent(ours: string, theirs: string, comment: string): ColumnDeclaration {
  return column(ours, theirs, 'double', 'percent', comment);
}

function range(form: string): readonly ParameterDeclaration[] {
  return [
    { name: 'from', required: false, meaning: `first ${form}; from the beginning if left out` },
    { name: 'to', required: false, meaning: `last ${form}; to the newest if left out` },
  ];
}

const published = column('pub_date', 'pubDate', 'date', null, 'day of publication');

const depositRate: DatasetDeclaration = {
  name: 'deposit-rate',
  table: 'deposit_rate',
  summary: 'benchmark deposit rates, one row a change',
  asks: [{ method: 'query_deposit_rate_data', send: { start: 'from', end: 'to' } }],
  parameters: range('day'),
  key: ['pub_date'],
  columns: [
    published,
    percent('demand', 'demandDepositRate', 'a year, demand deposits'),
    percent('fixed_3m', 'fixedDepositRate3Month', 'a year, fixed for 3 months'),
    percent('fixed_6m', 'fixedDepositRate6Month', 'a year, fixed for 6 months'),
    percent('fixed_1y', 'fixedDepositRate1Year', 'a year, fixed for 1 year'),
    percent('fixed_2y', 'fixedDepositRate2Year', 'a year, fixed for 2 years'),
    percent('fixed_3y', 'fixedDepositRate3Year', 'a year, fixed for 3 years'),
    percent('fixed_5y', 'fixedDepositRate5Year', 'a year, fixed for 5 years'),
    percent('installment_1y', 'installmentFixedDepositRate1Year', 'a year, paid in by instalments for 1 year'),
    percent('installment_3y', 'installmentFixedDepositRate3Year', 'a year, paid in by instalments for 3 years'),
    percent('installment_5y', 'installmentFixedDepositRate5Year', 'a year, paid in by instalments for 5 years'),
  ],
};

const loanRate: DatasetDeclaration = {
  name: 'loan-rate',
  table: 'loan_rate',
  summary: 'benchmark loan rates, one row a change',
  asks: [{ method: 'query_loan_rate_data', send: { start: 'from', end: 'to' } }],
  parameters: range('day'),
  key: ['pub_date'],
  columns: [
    published,
    percent('loan_6m', 'loanRate6Month', 'a year, up to 6 months'),
    percent('loan_6m_1y', 'loanRate6MonthTo1Year', 'a year, 6 months to 1 year'),
    percent('loan_1y_3y', 'loanRate1YearTo3Year', 'a year, 1 to 3 years'),
    percent('loan_3y_5y', 'loanRate3YearTo5Year', 'a year, 3 to 5 years'),
    percent('loan_above_5y', 'loanRateAbove5Year', 'a year, above 5 years'),
    percent('mortgage_below_5y', 'mortgateRateBelow5Year', 'a year, housing fund loans up to 5 years'),
    percent('mortgage_above_5y', 'mortgateRateAbove5Year', 'a year, housing fund loans above 5 years'),
  ],
};

const reserveRatio: DatasetDeclaration = {
  name: 'reserve-ratio',
  table: 'reserve_ratio',
  summary: 'required reserve ratios, one row a change',
  asks: [{ method: 'query_required_reserve_ratio_data', send: { start: 'from', end: 'to', yearType: 'basis' } }],
  parameters: [
    ...range('day'),
    {
      name: 'basis',
      required: false,
      meaning: 'what the days mean: announced (the default) or effective',
      choices: ['announced', 'effective'],
      sent: { announced: '0', effective: '1' },
    },
  ],
  key: ['pub_date', 'effective_date'],
  columns: [
    published,
    column('effective_date', 'effectiveDate', 'date', null, 'day from which it holds'),
    percent('big_before', 'bigInstitutionsRatioPre', 'large banks, before'),
    percent('big_after', 'bigInstitutionsRatioAfter', 'large banks, from then on'),
    percent('medium_before', 'mediumInstitutionsRatioPre', 'smaller banks, before'),
    percent('medium_after', 'mediumInstitutionsRatioAfter', 'smaller banks, from then on'),
  ],
};

const supply = '100 million yuan';

const moneySupplyMonth: DatasetDeclaration = {
  name: 'money-supply-month',
  table: 'money_supply_month',
  summary: 'money supply at the end of each month',
  asks: [{ method: 'query_money_supply_data_month', send: { start: 'from', end: 'to' } }],
  parameters: range('month, like 2024-01'),
  key: ['stat_year', 'stat_month'],
  columns: [
    column('stat_year', 'statYear', 'integer', null, 'year'),
    column('stat_month', 'statMonth', 'integer', null, 'month, 1 to 12'),
    ...['m0', 'm1', 'm2'].flatMap(name => [
      column(name, `${name}Month`, 'double', supply, `${name.toUpperCase()} at the end of the month`),
      percent(`${name}_yoy`, `${name}YOY`, 'against the year before'),
      percent(`${name}_mom`, `${name}ChainRelative`, 'against the month before'),
    ]),
  ],
};

const moneySupplyYear: DatasetDeclaration = {
  name: 'money-supply-year',
  table: 'money_supply_year',
  summary: 'money supply at the end of each year',
  asks: [{ method: 'query_money_supply_data_year', send: { start: 'from', end: 'to' } }],
  parameters: range('year'),
  key: ['stat_year'],
  columns: [
    column('stat_year', 'statYear', 'integer', null, 'year'),
    ...['m0', 'm1', 'm2'].flatMap(name => [
      column(name, `${name}Year`, 'double', supply, `${name.toUpperCase()} at the end of the year`),
      percent(`${name}_yoy`, `${name}YearYOY`, 'against the year before'),
    ]),
  ],
};

export const economyDatasets = [depositRate, loanRate, reserveRatio, moneySupplyMonth, moneySupplyYear] as const;
