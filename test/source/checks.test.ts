import { describe, expect, it } from 'vitest';
import type { IsoDate } from '../../src/market/date.ts';
import { checkedValues, type Values } from '../../src/source/baostock/checks.ts';
import { type Method, messageOfRequest } from '../../src/source/baostock/messages.ts';
import type { Failure } from '../../src/source/outcome.ts';

const today = '2026-11-20' as IsoDate;
const bars = { code: 'sh.600000', fields: 'date,code', start: '2024-01-01', end: '2024-01-31' };

function values(method: Method, given: Values): readonly string[] {
  const checked = checkedValues(method, given, today);
  if (!Array.isArray(checked)) throw new Error(JSON.stringify(checked));
  return checked;
}

function code(method: Method, given: Values): string | undefined {
  const checked = checkedValues(method, given, today);
  expect(checked).not.toBeInstanceOf(Array);
  const failure = checked as Failure;
  expect(failure.message).toMatch(/^[\x20-\x7e]+\.$/);
  return failure.code;
}

describe('before a request leaves', () => {
  it('what was left out is put in as the official client does', () => {
    const k = { code: 'SH.600000', fields: 'date,code' };
    expect(values('query_history_k_data_plus', k)).toEqual(['sh.600000', 'date,code', '2015-01-01', today, 'd', '3']);
    expect(values('query_trade_dates', {})).toEqual(['2015-01-01', today]);
    expect(values('query_all_stock', {})).toEqual([today]);
    expect(values('query_stock_basic', {})).toEqual(['', '']);
    expect(values('query_hs300_stocks', {})).toEqual(['']);
    expect(values('query_profit_data', { code: 'sh.600000' })).toEqual(['sh.600000', '2026', '4']);
    expect(values('query_dividend_data', { code: 'sh.600000' })).toEqual(['sh.600000', '2026', 'report']);
    expect(values('query_required_reserve_ratio_data', {})).toEqual(['', '', '0']);
    expect(values('query_daily_history_k_ETF', {})).toEqual([today]);
  });

  it('a code with its exchange behind is turned round', () => {
    for (const form of ['600000.SH', '600000.sh', 'SH.600000', 'sh.600000']) {
      expect(values('query_adjust_factor', { code: form })[0]).toBe('sh.600000');
    }
    expect(code('query_adjust_factor', { code: '600000' })).toBe('10004006');
    expect(code('query_adjust_factor', {})).toBe('10004006');
    expect(code('query_stock_basic', { code: 'sh600' })).toBe('10004006');
  });

  it('dates are checked where the official client checks them', () => {
    const ask = (start: string, end = '2024-01-31') => code('query_history_k_data_plus', { ...bars, start, end });
    expect([ask('2024/01/01'), ask('2024-02-30'), ask('2024-02-01'), ask('2024-01-01', 'x')]).toEqual([
      '10004007',
      '10004007',
      '10004009',
      '10004008',
    ]);
    expect(values('query_history_k_data_plus', { ...bars, start: '2024-1-1' })[2]).toBe('2024-1-1');
    expect(values('query_trade_dates', { start: 'bad', end: 'worse' })).toEqual(['bad', 'worse']);
    expect(code('query_st_stocks', { date: '2024/01/02' })).toBe('10004010');
    expect(code('query_money_supply_data_month', { start: '2023-13' })).toBe('10004010');
    expect(code('query_money_supply_data_month', { start: '2023-05', end: '2023-04' })).toBe('10004009');
    expect(code('query_money_supply_data_year', { start: '23' })).toBe('10004010');
    expect(code('query_loan_rate_data', { start: '2016-01-01', end: '2015-1-31' })).toBe('10004009');
    expect(values('query_loan_rate_data', { start: '2015-1-31', end: '2015-10-1' })).toEqual([
      '2015-1-31',
      '2015-10-1',
    ]);
  });

  it('nothing that would become another field leaves', () => {
    expect(code('query_stock_basic', { code_name: 'a\x01b' })).toBe('10004006');
    expect(code('query_trade_dates', { start: '2024-01-01\n', end: 'x\ny' })).toBe('10004006');
    expect(code('query_trade_dates', { day: '2024-01-01' })).toBe('10004006');
  });

  it('every method has its values in the order of its parameters', () => {
    for (const { method, parameters } of messageOfRequest.values()) {
      const given = Object.fromEntries(
        parameters.map(name => [
          name,
          ({ code: 'sh.600000', year: '2023', quarter: '2', yearType: '1' } as Values)[name] ?? '',
        ]),
      );
      if ('fields' in given) Object.assign(given, { fields: 'date', frequency: 'd', adjustflag: '3' });
      const checked = values(method as Method, given);
      expect(checked.length).toBe(parameters.length);
      for (const [index, name] of parameters.entries()) if (given[name]) expect(checked[index]).toBe(given[name]);
    }
  });
});
