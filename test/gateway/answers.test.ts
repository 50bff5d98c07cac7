/** How a gateway answers: errors as frames with the connection kept, silent empties, pages. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { headerLength } from '../../src/source/baostock/frame.ts';
import {
  dailyFields,
  type Method,
  messageOf,
  messages,
  namesIndex,
  splitNames,
} from '../../src/source/baostock/messages.ts';
import { demo, demoGateway, Talk } from './talk.ts';

let gateway: Gateway;
let talk: Talk;

beforeAll(async () => {
  gateway = await demoGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  talk = await Talk.loggedIn(gateway.port);
});
afterEach(() => talk.close());

const codeOf: Record<string, string> = { code: 'sh.600519', date: '2026-11-20', day: '2026-11-20', code_name: '' };

function usualValues(method: Method): string[] {
  const values: Record<string, string> = {
    ...codeOf,
    fields: dailyFields,
    start: method.includes('month') ? '2026-01' : method.includes('year') ? '2020' : '2015-01-01',
    end: method.includes('month') ? '2026-12' : method.includes('year') ? '2026' : '2026-11-20',
    frequency: 'd',
    adjustflag: '3',
    year: '2025',
    quarter: '2',
    yearType: method === 'query_dividend_data' ? 'report' : '0',
  };
  return messageOf(method).parameters.map(name => values[name] as string);
}

describe('answers', () => {
  it.each(Object.keys(messages) as Method[])('%s has rows in its declared columns', async method => {
    const values = usualValues(method);
    if (method === 'query_daily_adjust_factor')
      values[0] = demo().factors('sh.600519', demoKnown).at(-1)?.[1] as string;
    if (method === 'query_suspended_stocks') values[0] = suspendedDay();
    if (/express|forecast/.test(method)) values[0] = 'sh.600884';
    const { type, fields } = await talk.query(method, values);
    const message = messageOf(method);
    expect(type).toBe(message.answers[0]);
    expect(fields.slice(0, 3)).toEqual(['0', 'success', method]);
    const rows = await talk.rows(method, values);
    expect(rows.length).toBeGreaterThan(0);
    const columns = splitNames(fields[namesIndex(message)] as string);
    for (const row of rows) expect(row.length).toBe(columns.length);
  });

  it('needs a login first, and again after a logout', async () => {
    const fresh = await Talk.open(gateway.port);
    expect((await fresh.query('query_all_stock', ['2026-11-20'])).fields).toEqual(['10001001', '用户未登录']);
    expect((await fresh.login()).fields.slice(0, 4)).toEqual(['0', 'success', 'login', 'anonymous']);
    expect((await fresh.ask('02', ['logout', 'anonymous', '20261120200000'])).fields[2]).toBe('logout');
    expect((await fresh.query('query_all_stock', ['2026-11-20'])).fields[0]).toBe('10001001');
    fresh.close();
  });

  it('refuses wrong passwords and unknown users with a frame', async () => {
    const fresh = await Talk.open(gateway.port);
    expect((await fresh.login('anonymous', 'wrong')).fields[0]).toBe('10001002');
    expect((await fresh.login('somebody', '123456')).fields[0]).toBe('10001002');
    expect((await fresh.login()).fields[0]).toBe('0');
    fresh.close();
  });

  const day = ['2026-11-20', '2026-11-20'];
  it.each([
    ['an unknown type', '75', ['query_cpi_data', 'anonymous', '1', '2000'], '10004020'],
    ['a method of another type', '33', ['query_all_stock', 'anonymous', '1', '2000', ...day], '10004020'],
    ['a missing field', '71', ['query_st_stocks', 'anonymous', '1', '2000'], '10004006'],
    ['a field too many', '61', ['query_hs300_stocks', 'anonymous', '1', '2000', '', ''], '10004006'],
    ['page 0', '35', ['query_all_stock', 'anonymous', '0', '2000', '2026-11-20'], '10004004'],
    ['a page size that is no number', '35', ['query_all_stock', 'anonymous', '1', 'x', '2026-11-20'], '10004004'],
    ['a code of Beijing', '15', ['query_adjust_factor', 'anonymous', '1', '2000', 'bj.920819', ...day], '10004011'],
    ['a malformed code', '15', ['query_adjust_factor', 'anonymous', '1', '2000', '600519', ...day], '10004011'],
    ['no code', '15', ['query_adjust_factor', 'anonymous', '1', '2000', '', ...day], '10004011'],
    [
      'a malformed start',
      '33',
      ['query_trade_dates', 'anonymous', '1', '2000', '2026-13-01', '2026-11-20'],
      '10004007',
    ],
    ['a malformed end', '33', ['query_trade_dates', 'anonymous', '1', '2000', '2026-11-01', 'today'], '10004008'],
    ['start after end', '33', ['query_trade_dates', 'anonymous', '1', '2000', '2026-11-20', '2026-11-01'], '10004009'],
    ['a malformed date', '61', ['query_hs300_stocks', 'anonymous', '1', '2000', '2026/11/20'], '10004010'],
    ['a malformed year', '17', ['query_profit_data', 'anonymous', '1', '2000', 'sh.600519', '26', '1'], '10004004'],
    ['a fifth quarter', '17', ['query_profit_data', 'anonymous', '1', '2000', 'sh.600519', '2025', '5'], '10004004'],
  ])('answers %s with an error frame and keeps the connection', async (_, type, fields, code) => {
    const heard = await talk.ask(type, fields);
    expect([heard.type, heard.fields[0]]).toEqual(['04', code]);
    expect((await talk.bars('sh.600519', '2026-11-20', '2026-11-20')).length).toBe(1);
  });

  it.each([
    ['d', 'date,code,ma5', '3', '日线指标参数传入错误:ma5'],
    ['w', 'date,code,turn,peTTM', '3', '周线指标参数传入错误:peTTM'],
    ['5', 'date,time,turn', '3', '5分钟线指标参数传入错误:turn'],
    ['d', 'date', '4', '日线指标参数传入错误:4'],
  ])('names the wrong indicator of %s: %s, flag %s', async (frequency, fields, flag, text) => {
    const values = ['sh.600519', fields, '2026-11-20', '2026-11-20', frequency, flag];
    expect((await talk.query('query_history_k_data_plus', values)).fields).toEqual(['10004012', text]);
  });

  it('refuses a field given twice and an unknown frequency', async () => {
    const ask = (fields: string, frequency: string) =>
      talk.query('query_history_k_data_plus', ['sh.600519', fields, '2026-11-20', '2026-11-20', frequency, '3']);
    expect((await ask('date,close,close', 'd')).fields[0]).toBe('10004018');
    expect((await ask('date,close', 'y')).fields[0]).toBe('10004012');
  });

  it('gives columns in the order asked and echoes the request', async () => {
    const values = ['sh.600519', 'close, date,code', '2026-11-20', '2026-11-20', 'd', '2'];
    const { type, fields } = await talk.query('query_history_k_data_plus', values, 1, 500);
    expect(type).toBe('96');
    expect(fields.slice(0, 6)).toEqual(['0', 'success', 'query_history_k_data_plus', 'anonymous', '1', '500']);
    expect(fields.slice(7)).toEqual(values);
    const [row] = await talk.rows('query_history_k_data_plus', values);
    expect(row?.slice(1)).toEqual(['2026-11-20', 'sh.600519']);
  });

  it.each<[string, Method, string[]]>([
    ['an unknown code', 'query_history_k_data_plus', ['sh.699999', 'date', '2026-01-01', '2026-11-20', 'd', '3']],
    ['days to come', 'query_history_k_data_plus', ['sh.600519', 'date', '2026-11-21', '2026-12-20', 'd', '3']],
    [
      'days before the listing',
      'query_history_k_data_plus',
      ['sh.600941', 'date', '2021-11-22', '2021-12-31', 'd', '3'],
    ],
    ['minutes of an index', 'query_history_k_data_plus', ['sh.000001', 'date', '2026-11-20', '2026-11-20', '5', '3']],
    ['factors without ex-dates', 'query_adjust_factor', ['sh.600519', '2026-11-01', '2026-11-20']],
    ['a closed day', 'query_all_stock', ['2026-11-21']],
    ['trade dates after the year', 'query_trade_dates', ['2027-01-01', '2027-12-31']],
    ['the whole market on a closed day', 'query_daily_history_k_AStock', ['2026-11-21']],
    ['a report that is not out', 'query_profit_data', ['sh.600519', '2026', '4']],
  ])('lets %s pass as an empty success', async (_, method, values) => {
    const { fields } = await talk.query(method, values);
    expect(fields[0]).toBe('0');
    expect(fields[method.startsWith('query_daily') ? 4 : 6]).toBe('');
  });

  it('answers a member list of a day to come with the newest one', async () => {
    expect(await talk.rows('query_hs300_stocks', ['2030-01-01'])).toEqual(await talk.rows('query_hs300_stocks', ['']));
  });

  it('finds names by a part of them', async () => {
    const rows = await talk.rows('query_stock_basic', ['', '茅台']);
    expect(rows).toEqual([['sh.600519', '贵州茅台', '2001-08-27', '', '1', '1']]);
  });

  it('reads dates without leading zeros', async () => {
    expect(await talk.bars('sh.600519', '2026-1-5', '2026-1-5')).toEqual(
      await talk.bars('sh.600519', '2026-01-05', '2026-01-05'),
    );
  });

  it('cuts at the page size: full pages, a short one, then none', async () => {
    const values = ['sh.600519', 'date', '2026-10-01', '2026-11-20', 'd', '3'];
    const all = await talk.rows('query_history_k_data_plus', values);
    const size = 10;
    const pages: string[][][] = [];
    for (let page = 1; page <= 6; page++) pages.push(await talk.rows('query_history_k_data_plus', values, page, size));
    expect(pages.flat()).toEqual(all);
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 10, all.length - 30, 0, 0]);
    expect(await talk.rows('query_stock_basic', ['', ''], 2, 100)).toEqual(
      (await talk.rows('query_stock_basic', ['', ''])).slice(100, 200),
    );
  });

  it('holds pages to its cap and says so', async () => {
    const capped = await demoGateway({ pageCap: 7 });
    const other = await Talk.loggedIn(capped.port);
    const values = ['sh.600519', 'date', '2026-10-01', '2026-11-20', 'd', '3'];
    const { fields } = await other.query('query_history_k_data_plus', values, 1, 2000);
    expect(fields[5]).toBe('7');
    const pages: string[][] = [];
    for (let page = 1; ; page++) {
      const rows = await other.rows('query_history_k_data_plus', values, page, 2000);
      pages.push(...rows);
      if (rows.length < 7) break;
    }
    expect(pages).toEqual(await talk.rows('query_history_k_data_plus', values));
    other.close();
    await capped.close();
  });

  it('writes its own version and characters, not bytes, into the header', async () => {
    talk.send('45', ['query_stock_basic', 'anonymous', '1', '2000', 'sh.600519', '']);
    const bytes = await talk.answerBytes();
    expect(bytes.toString('latin1', 0, 7)).toBe('00.9.00');
    const body = bytes.subarray(headerLength, bytes.lastIndexOf(1)).toString('utf8');
    expect(Number(bytes.toString('latin1', 11, headerLength))).toBe([...body].length);
  });

  it('answers requests in a row in their order, one at a time', async () => {
    for (let day = 16; day <= 20; day++) {
      talk.send('95', [
        'query_history_k_data_plus',
        'anonymous',
        '1',
        '2000',
        'sh.600519',
        'date',
        `2026-11-${day}`,
        `2026-11-${day}`,
        'd',
        '3',
      ]);
    }
    for (let day = 16; day <= 20; day++) expect((await talk.answer()).fields[9]).toBe(`2026-11-${day}`);
  });
});

const demoKnown = { today: '2026-11-20', daily: '2026-11-20', factors: '2026-11-20', minutes: '2026-11-20' };

function suspendedDay(): string {
  const { listings, calendar } = demo();
  const one = listings.find(({ suspensions, delisted }) => suspensions.length > 0 && delisted === '');
  return calendar.sessions[one?.suspensions[0]?.from as number] as string;
}
