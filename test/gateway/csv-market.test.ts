/** A folder of CSV files as a market: cells as they stand, what is missing computed, what is broken named. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timesFactor } from '../../src/gateway/csv/adjusted.ts';
import { readCsv } from '../../src/gateway/csv/file.ts';
import { openCsvMarket } from '../../src/gateway/csv/market.ts';
import type { AdjustFlag, Frequency, Known, Market, Series } from '../../src/gateway/market.ts';

const known: Known = { today: '2026-11-20', daily: '2026-11-20', factors: '2026-11-20', minutes: '2026-11-20' };
const header =
  'date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,pbMRQ,psTTM,pcfNcfTTM,isST';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-csv-'));
  mkdirSync(join(folder, 'daily-raw'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bar(date: string, close: string, preclose = close, code = 'sh.600000'): string {
  return `${date},${code},${close},${close},${close},${close},${preclose},100,${Number(close) * 100}.0000,3,0.100000,1,0.000000,,,,,0`;
}

function write(name: string, ...lines: string[]): void {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
}

function rows(series: Series | null): string[][] {
  return Array.from({ length: series?.length ?? 0 }, (_, i) => [...(series as Series).row(i)]);
}

function closes(market: Market, frequency: Frequency = 'd', adjust: AdjustFlag = '3'): string[] {
  const series = market.bars('sh.600000', frequency, adjust, known);
  return rows(series).map(row => row[series?.columns.indexOf('close') as number] as string);
}

describe('a folder of CSV files', () => {
  it('is served cell by cell', () => {
    const lines = [
      bar('2024-01-02', '6.6000'),
      '2024-01-03,sh.600000,6.6000,6.6000,6.6000,6.6000,6.6000,,,3,,0,,,,,,0',
    ];
    write('daily-raw/sh.600000.csv', header, ...lines);
    const market = openCsvMarket(folder);
    expect(rows(market.bars('sh.600000', 'd', '3', known)).map(row => row.join(','))).toEqual(lines);
    expect(market.barsOn('2024-01-03', 'stock').map(row => row.join(','))).toEqual([lines[1]]);
    expect(market.bars('sh.600001', 'd', '3', known)).toBeNull();
  });

  it('has the codes with bars as its catalogue, with names where it knows them', () => {
    write('daily-raw/sh.600000.csv', header, bar('2024-01-02', '6.6000'));
    write('daily-raw/sz.000001.csv', header, bar('2024-01-03', '9.1000', '9.1000', 'sz.000001'));
    write('index-sh.000001.csv', header, bar('2024-01-02', '2962.2800', '2974.9300', 'sh.000001'));
    write('all-stock-2024-01-02.csv', 'code,tradeStatus,code_name', 'sh.600000,0,浦发银行', 'sh.600004,1,白云机场');
    write('trade-dates.csv', 'calendar_date,is_trading_day', '2024-01-01,0', '2024-01-02,1', '2024-01-03,1');
    const market = openCsvMarket(folder);
    expect(market.table('query_stock_basic', {}, known)).toEqual([
      ['sh.000001', 'sh.000001', '2024-01-02', '', '2', '1'],
      ['sh.600000', '浦发银行', '2024-01-02', '', '1', '1'],
      ['sz.000001', 'sz.000001', '2024-01-03', '', '1', '1'],
    ]);
    const allStock = (day: string) => market.table('query_all_stock', { day }, known);
    expect(allStock('2024-01-02')).toEqual([
      ['sh.000001', '1', 'sh.000001'],
      ['sh.600000', '0', '浦发银行'],
    ]);
    expect(allStock('2024-01-03')).toEqual([['sz.000001', '1', 'sz.000001']]);
    expect(allStock('2024-01-01')).toEqual([]);
    expect(rows(market.tradeDates).length).toBe(3);
  });

  it('makes a calendar of the days with bars where it has none', () => {
    write('daily-raw/sh.600000.csv', header, bar('2024-01-05', '6.6000'), bar('2024-01-08', '6.6000'));
    expect(rows(openCsvMarket(folder).tradeDates)).toEqual([
      ['2024-01-05', '1'],
      ['2024-01-06', '0'],
      ['2024-01-07', '0'],
      ['2024-01-08', '1'],
    ]);
  });

  it('adjusts by its factors, unless it has the adjusted bars themselves', () => {
    write('daily-raw/sh.600000.csv', header, bar('2023-07-20', '7.5500'), bar('2023-07-21', '7.2500', '7.2300'));
    write(
      'adjust-factor-derived.csv',
      'code,dividOperateDate,foreAdjustFactor,backAdjustFactor,adjustFactor',
      'sh.600000,2023-07-21,0.936211,1.044260,1.044260',
    );
    const market = openCsvMarket(folder);
    expect(closes(market, 'd', '1')).toEqual(['7.5500000000', '7.5708850000']);
    expect(closes(market, 'd', '2')).toEqual([timesFactor('7.5500', (1 / 1.04426).toFixed(6)), '6.7875297500']);
    expect(closes(market, 'd', '3')).toEqual(['7.5500', '7.2500']);
    expect(market.bars('sh.600000', 'd', '2', known)?.row(0)[9]).toBe('2');
    mkdirSync(join(folder, 'daily-qfq'));
    write('daily-qfq/sh.600000.csv', header, bar('2023-07-21', '6.7000000000').replace(',3,', ',2,'));
    expect(closes(openCsvMarket(folder), 'd', '2')).toEqual(['6.7000000000']);
  });

  it('multiplies decimals exactly', () => {
    expect(timesFactor('6.6000', '0.936211')).toBe('6.1789926000');
    expect(timesFactor('1800.0100', '123.456789')).toBe('222223.4547678900');
    expect(timesFactor('0.0001', '0.000001')).toBe('0.0000000001');
    expect(timesFactor('', '1.000000')).toBe('');
  });

  it('joins days into weeks and months that are over', () => {
    const days = ['2024-01-25', '2024-01-26', '2024-01-29', '2024-01-31', '2024-02-01'];
    write('daily-raw/sh.600000.csv', header, ...days.map((date, i) => bar(date, `${6 + i}.0000`)));
    const open = days.map(date => `${date},1`);
    write('trade-dates.csv', 'calendar_date,is_trading_day', ...open, '2024-02-02,1');
    const market = openCsvMarket(folder);
    const weekly = market.bars('sh.600000', 'w', '3', known);
    expect(
      rows(weekly).map(([date, , first, high, low, close, volume]) => [date, first, high, low, close, volume]),
    ).toEqual([['2024-01-26', '6.0000', '7.0000', '6.0000', '7.0000', '200']]);
    expect(closes(market, 'm')).toEqual(['9.0000']);
  });

  it('serves any other table from a file that is named by its method', () => {
    write('daily-raw/sh.600000.csv', header, bar('2024-01-02', '6.6000'));
    const columns = 'updateDate,code,code_name,industry,industryClassification';
    write('query_stock_industry.csv', columns, '2024-01-01,sh.600000,浦发银行,"J66,货币""金融""服务",证监会行业分类');
    const market = openCsvMarket(folder);
    expect(market.table('query_stock_industry', {}, known)).toEqual([
      ['2024-01-01', 'sh.600000', '浦发银行', 'J66,货币"金融"服务', '证监会行业分类'],
    ]);
    expect(market.table('query_profit_data', {}, known)).toEqual([]);
  });

  it('reads quotes, CRLF, a byte order mark and a last line without end', () => {
    writeFileSync(join(folder, 'one.csv'), '\uFEFFa,b\r\n1,"x, ""y""\r\nz"\r\n\r\n2,');
    const file = readCsv(join(folder, 'one.csv'));
    expect(file.columns).toEqual(['a', 'b']);
    expect(file.rows).toEqual([
      ['1', 'x, "y"\r\nz'],
      ['2', ''],
    ]);
    expect([file.lineOf(0), file.lineOf(1)]).toEqual([2, 5]);
  });

  it.each([
    ['a row that is short', [header, bar('2024-01-02', '6.6000'), '2024-01-03,sh.600000'], 3, '2 cells instead of 18'],
    ['a date that is none', [header, bar('2024-02-30', '6.6000')], 2, '“2024-02-30” is no date'],
    ['dates that fall', [header, bar('2024-01-03', '6.6000'), bar('2024-01-02', '6.6000')], 3, 'the dates do not rise'],
    [
      'a date twice',
      [header, bar('2024-01-02', '6.6000'), bar('2024-01-02', '6.6000')],
      3,
      '2024-01-02 stands there twice',
    ],
    [
      'another code',
      [header, bar('2024-01-02', '6.6000', '6.6000', 'sz.000001')],
      2,
      'the code is sz.000001, not sh.600000',
    ],
    [
      'an unknown column',
      [`${header},ma5`, `${bar('2024-01-02', '6.6000')},1`],
      1,
      "the column ma5 is none of the provider's",
    ],
    ['a missing column', ['date,code,open', '2024-01-02,sh.600000,1'], 1, 'the column high is missing'],
    ['an open quote', [header, `"${bar('2024-01-02', '6.6000')}`], 2, 'a quoted cell does not end'],
    ['only a header', [header], 1, 'no row follows the header'],
  ])('names file and line of %s', (_, lines, line, why) => {
    write('daily-raw/sh.600000.csv', ...lines);
    const path = join(folder, 'daily-raw/sh.600000.csv');
    expect(() => openCsvMarket(folder)).toThrow(`the file ${path} is broken in line ${line}: ${why}`);
  });

  it('names a table whose columns are wrong, and folders that are none', () => {
    write('daily-raw/sh.600000.csv', header, bar('2024-01-02', '6.6000'));
    write('trade-dates.csv', 'date,open', '2024-01-02,1');
    expect(() => openCsvMarket(folder)).toThrow('broken in line 1: the columns are not calendar_date,is_trading_day');
    expect(() => openCsvMarket(join(folder, 'nowhere'))).toThrow('there is no folder');
    rmSync(join(folder, 'daily-raw'), { recursive: true });
    expect(() => openCsvMarket(folder)).toThrow('holds no bars');
  });
});

const real = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/data/a-share');
if (!existsSync(real)) console.log(`skipped: the real bars are not at ${real}`);

describe.skipIf(!existsSync(real))('the folder of real bars', () => {
  it('is served whole', () => {
    const market = openCsvMarket(real);
    const catalogue = market.table('query_stock_basic', {}, known);
    expect(catalogue.length).toBe(43);
    expect(catalogue.find(([code]) => code === 'sh.600519')).toEqual([
      'sh.600519',
      '贵州茅台',
      '2020-01-02',
      '',
      '1',
      '1',
    ]);
    const stocks = catalogue.filter(row => row[4] === '1').map(([code]) => code as string);
    expect(stocks.reduce((sum, code) => sum + (market.bars(code, 'd', '3', known)?.length ?? 0), 0)).toBe(52_534);
    for (const code of ['sh.600519', 'sz.000792']) {
      const text = readFileSync(join(real, `daily-raw/${code}.csv`), 'utf8')
        .trim()
        .split('\n')
        .slice(1);
      expect(rows(market.bars(code, 'd', '3', known)).map(row => row.join(','))).toEqual(text);
    }
    expect(market.bars('sh.600030', 'd', '2', known)?.dateAt(0)).toBe('2023-06-06');
    expect(rows(market.tradeDates).length).toBe(1_924);
    expect(market.table('query_zz500_stocks', {}, known).length).toBe(500);
    expect(market.factors('sh.600000', known).length).toBeGreaterThan(3);
  });
});
