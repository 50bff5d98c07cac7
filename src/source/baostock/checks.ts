/**
 * What is checked before a request leaves, and the values that stand in for what was left out: the checks of the official
 * client, with its error codes and our sentences. It leaves some parameters unchecked on purpose (dates of the calendar, the
 * quarter): the provider then answers for itself.
 *
 * One thing more is refused here: a control character, which would change the number of fields.
 */
import type { IsoDate } from '../../market/date.ts';
import { daysInMonth } from '../../market/date.ts';
import type { Failure } from '../outcome.ts';
import { refusedBefore } from './errors.ts';
import { type Message, type Method, messageOf } from './messages.ts';

export type Values = Readonly<Record<string, string>>;

/** The default of the provider's start dates. */
export const firstDefault = '2015-01-01';

type Check = (value: string, values: Values) => Failure | null;
interface Rule {
  /** What stands in for an empty value. */
  readonly otherwise?: (today: IsoDate) => string;
  readonly shape?: (value: string) => string;
  readonly check?: Check;
}
type Rules = Readonly<Record<string, Rule>>;

const malformed = (code: string, what: string, form: string): Failure =>
  refusedBefore(code, `The ${what} is malformed: it must look like ${form}.`);

const code: Rule = {
  shape: turned,
  check: value => {
    if (value === '') return refusedBefore('10004006', 'A code is missing.');
    if (value.length === 9) return null;
    return refusedBefore('10004006', 'The code must have nine characters, like sh.600000.');
  },
};
const optionalCode: Rule = { shape: turned, check: value => (value === '' ? null : (code.check as Check)(value, {})) };

const today = (now: IsoDate): string => now;
const start: Rule = { otherwise: () => firstDefault };
const end: Rule = { otherwise: today };
const checkedStart: Rule = {
  ...start,
  check: value => (instant(value) === null ? malformed('10004007', 'start date', '2024-01-02') : null),
};
const checkedEnd: Rule = {
  ...end,
  check: (value, values) => {
    const last = instant(value);
    if (last === null) return malformed('10004008', 'end date', '2024-01-02');
    return (instant(values.start ?? '') as number) > last ? backwards() : null;
  },
};
const date: Rule = {
  check: value => (value === '' || instant(value) !== null ? null : malformed('10004010', 'date', '2024-01-02')),
};
const year: Rule = {
  otherwise: now => now.slice(0, 4),
  check: value => (/^\d+$/.test(value) ? null : refusedBefore('10004006', 'The year must be a number.')),
};
const quarter: Rule = { otherwise: now => String(Math.ceil(Number(now.slice(5, 7)) / 3)) };

function macro(form: RegExp, example: string): { readonly start: Rule; readonly end: Rule } {
  const check =
    (what: string): Check =>
    value =>
      value === '' || matches(form, value) ? null : malformed('10004010', what, example);
  return {
    start: { check: check('start') },
    end: {
      check: (value, values) => {
        const wrong = check('end')(value, values);
        if (wrong || value === '' || !values.start) return wrong;
        return comparable(values.start) > comparable(value) ? backwards() : null;
      },
    },
  };
}

/** Parts of equal width, so that texts compare like the dates they name. */
function comparable(value: string): string {
  return value
    .split('-')
    .map(part => part.padStart(4, '0'))
    .join('-');
}

/** True for the form, and where it is a whole date, for a day that exists. */
function matches(form: RegExp, value: string): boolean {
  return form.test(value) && (form !== dateForm || instant(value) !== null);
}

const dateForm = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const byDate = macro(dateForm, '2024-01-02');
const byMonth = macro(/^\d{4}-(0[1-9]|1[0-2])$/, '2024-01');
const byYear = macro(/^\d{4}$/, '2024');

const chosen = (what: string, otherwise: string | null): Rule => ({
  ...(otherwise === null ? {} : { otherwise: () => otherwise }),
  check: value => (value === '' ? refusedBefore('10004006', `The ${what} is missing.`) : null),
});

const season: Rules = { code, year, quarter };
const report: Rules = { code, start: checkedStart, end: checkedEnd };
const members: Rules = { date };
const market: Rules = { date: { ...date, otherwise: today } };

const rules: Readonly<Record<Method, Rules>> = {
  query_history_k_data_plus: {
    ...report,
    fields: chosen('list of fields', null),
    frequency: chosen('frequency', null),
    adjustflag: chosen('kind of adjustment', null),
  },
  query_daily_history_k_AStock: market,
  query_daily_history_k_ETF: market,
  query_daily_adjust_factor: market,
  query_trade_dates: { start, end },
  query_all_stock: { day: { otherwise: today } },
  query_stock_basic: { code: optionalCode },
  query_stock_industry: { code: optionalCode, date },
  query_hs300_stocks: members,
  query_sz50_stocks: members,
  query_zz500_stocks: members,
  query_terminated_stocks: members,
  query_suspended_stocks: members,
  query_st_stocks: members,
  query_starst_stocks: members,
  query_adjust_factor: { code, start, end },
  query_dividend_data: { code, year, yearType: chosen('kind of year', null) },
  query_profit_data: season,
  query_operation_data: season,
  query_growth_data: season,
  query_dupont_data: season,
  query_balance_data: season,
  query_cash_flow_data: season,
  query_performance_express_report: report,
  query_forecast_report: report,
  query_deposit_rate_data: byDate,
  query_loan_rate_data: byDate,
  query_required_reserve_ratio_data: { ...byDate, yearType: chosen('kind of year', null) },
  query_money_supply_data_month: byMonth,
  query_money_supply_data_year: byYear,
};

/** What a parameter is when it is not given at all; given but empty is another thing. */
const absent: Readonly<Record<string, string>> = { frequency: 'd', adjustflag: '3' };
const absentYearType: Readonly<Partial<Record<Method, string>>> = {
  query_dividend_data: 'report',
  query_required_reserve_ratio_data: '0',
};

/**
 * The values of a request in the order of the message's parameters, or why it is not sent. Parameters by the provider's
 * names; `now` is the day that stands in for a missing end date.
 */
export function checkedValues(method: Method, given: Values, now: IsoDate): readonly string[] | Failure {
  const message: Message = messageOf(method);
  const stray = Object.keys(given).find(name => !message.parameters.includes(name));
  if (stray !== undefined) return refusedBefore('10004006', `${method} has no parameter ${stray}.`);
  const values: Record<string, string> = {};
  for (const name of message.parameters) {
    const rule = rules[method][name];
    const value = given[name]?.trim() ?? (name === 'yearType' ? absentYearType[method] : absent[name]) ?? '';
    const shaped = rule?.shape ? rule.shape(value) : value;
    values[name] = shaped === '' && rule?.otherwise ? rule.otherwise(now) : shaped;
  }
  for (const name of message.parameters) {
    const value = values[name] as string;
    if (/\p{Cc}/u.test(value)) return refusedBefore('10004006', `The parameter ${name} holds a control character.`);
    const wrong = rules[method][name]?.check?.(value, values);
    if (wrong) return wrong;
  }
  return message.parameters.map(name => values[name] as string);
}

/** `600000.SH` becomes `sh.600000`; everything else only lower case. */
function turned(value: string): string {
  const lower = value.toLowerCase();
  return lower.length === 9 && /\.?(sh|sz)$/.test(lower) ? `${lower.slice(-2)}.${lower.slice(0, 6)}` : lower;
}

function backwards(): Failure {
  return refusedBefore('10004009', 'The start lies after the end.');
}

/** A date as Python's `%Y-%m-%d` takes it, month and day of one or two digits; null where no such day exists. */
function instant(value: string): number | null {
  const parts = dateForm.exec(value);
  if (!parts) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return (year * 100 + month) * 100 + day;
}
