import { describe, expect, it } from 'vitest';
import { type Code, classify } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import { Catalogue } from '../../src/sync/catalogue.ts';
import { problemOf, resolveCodes } from '../../src/sync/resolve.ts';

const rows: readonly (readonly [string, string, string, string?, string?])[] = [
  ['sh.600519', '贵州茅台', 'gzmt'],
  ['sz.000001', '平安银行', 'payh'],
  ['sh.000001', '上证综合指数', 'szzhzs'],
  ['sh.601318', '中国平安', 'zgpa'],
  ['sz.000858', '五粮液', 'wly'],
  ['sh.000300', '沪深300', 'hs300'],
  ['sh.510300', '沪深300ETF', 'hs300etf'],
  ['sz.399001', '深证成份指数', 'szcfzs'],
  ['sz.000002', '万科Ａ', 'wka'],
  ['sh.600018', '上港集团', 'sgjt', '2006-10-26'],
  ['sz.300114', '中航电测', 'zhdc', '2010-08-27', '2025-02-14'],
  ['sz.001979', '招商蛇口', 'zssk', '2027-01-04'],
];

const catalogue = new Catalogue(
  rows.map(([code, name, pinyin, listed, delisted]) => ({
    code: code as Code,
    name,
    pinyin,
    kind: classify(code as Code).kind,
    listed: (listed ?? '2001-08-27') as IsoDate,
    delisted: (delisted ?? null) as IsoDate | null,
  })),
);

const codesOf = (...inputs: string[]) => resolveCodes(inputs, catalogue).codes.map(({ code }) => code);
const refusal = (input: string, with_: Catalogue | null = catalogue) => {
  const { codes, problems } = resolveCodes([input], with_);
  expect(codes).toEqual([]);
  expect(problems).toHaveLength(1);
  return problems[0];
};

describe('resolving by the catalogue', () => {
  it.each([
    ['600519', 'sh.600519'],
    ['600519.SH', 'sh.600519'],
    ['贵州茅台', 'sh.600519'],
    ['茅台', 'sh.600519'],
    ['gzmt', 'sh.600519'],
    ['GZMT', 'sh.600519'],
    ['五 粮 液', 'sz.000858'],
    ['万科A', 'sz.000002'],
    ['万 科ａ', 'sz.000002'],
    ['沪深300', 'sh.000300'],
    ['sh.000300', 'sh.000300'],
    ['510300', 'sh.510300'],
    ['sz.399001', 'sz.399001'],
  ])('takes %s for %s', (input, code) => {
    expect(codesOf(input)).toEqual([code]);
  });

  it('takes a stock before the index of the same digits, and says so', () => {
    expect(resolveCodes(['000001', 'sh.000001'], catalogue).codes).toEqual([
      { code: 'sz.000001', input: '000001', note: 'took the stock; the index is sh.000001' },
      { code: 'sh.000001', input: 'sh.000001' },
    ]);
  });

  it('says nothing of an index that the catalogue does not have', () => {
    expect(resolveCodes(['000002'], catalogue).codes).toEqual([{ code: 'sz.000002', input: '000002' }]);
  });

  it('takes no index for bare digits', () => {
    for (const [input, code] of [
      ['000300', 'sh.000300'],
      ['399001', 'sz.399001'],
    ] as const) {
      expect(refusal(input)).toMatchObject({
        kind: 'usage',
        message: `${input} is an index, and an index needs its exchange`,
        next: `type ${code}`,
      });
    }
  });

  it('lists the candidates of a name that several have, and guesses nothing', () => {
    expect(refusal('平安')).toMatchObject({
      kind: 'usage',
      message: '“平安” can be 2 securities: sz.000001 平安银行, sh.601318 中国平安',
    });
  });

  it('cuts a long list of candidates', () => {
    const many = new Catalogue(
      Array.from({ length: 8 }, (_, index) => ({
        code: `sh.60000${index}` as Code,
        name: `第${index}银行`,
        pinyin: '',
        kind: 'stock' as const,
        listed: null,
        delisted: null,
      })),
    );
    expect(refusal('银行', many)?.message).toMatch(/can be 8 securities: .* and 3 more$/);
  });

  it('suggests the nearest names for one that nobody has', () => {
    expect(refusal('贵洲茅台')).toMatchObject({
      message: 'no security is called “贵洲茅台”',
      next: 'did you mean sh.600519 贵州茅台 ?',
    });
    expect(refusal('gzmtt')?.next).toBe('did you mean sh.600519 贵州茅台 ?');
    expect(refusal('无此公司')?.next).toBe('type its code, like 600519');
  });

  it('leaves a code that it does not know to the provider, unless its digits are elsewhere', () => {
    expect(codesOf('sh.999999', '600000')).toEqual(['sh.999999', 'sh.600000']);
    expect(refusal('sz.600519')).toMatchObject({
      message: 'the catalogue has no sz.600519; sh.600519 贵州茅台 has these digits',
    });
    expect(refusal('700001')?.message).toBe('700001 belongs to no exchange by its first digits');
  });

  it('takes a security once, however often it was typed', () => {
    expect(codesOf('600519', '茅台', 'SH600519', '000858')).toEqual(['sh.600519', 'sz.000858']);
  });

  it('tells of all that is wrong at once', () => {
    const resolution = resolveCodes(['600519', '平安', '60051'], catalogue);
    expect(resolution.codes).toHaveLength(1);
    expect(problemOf(resolution)?.message).toMatch(/^“平安” can be .*; “60051” is no code/);
    expect(problemOf(resolveCodes(['600519'], catalogue))).toBeNull();
  });
});

describe('resolving without a catalogue', () => {
  it('goes by form and numbering', () => {
    for (const none of [null, new Catalogue([])]) {
      expect(resolveCodes(['000001', 'sh.000300'], none).codes).toEqual([
        { code: 'sz.000001', input: '000001', note: 'took the stock; the index is sh.000001' },
        { code: 'sh.000300', input: 'sh.000300' },
      ]);
      expect(refusal('茅台', none)?.message).toBe('“茅台” is a name, and no catalogue is stored yet to look it up in');
      expect(refusal('399001', none)?.message).toMatch(/an index needs its exchange/);
    }
  });
});

describe('all stocks of a range', () => {
  it('are those listed within it, never indices or funds', () => {
    const stocks = (from: string, to: string) => catalogue.stocks(from as IsoDate, to as IsoDate);
    const always = ['sh.600519', 'sh.601318', 'sz.000001', 'sz.000002', 'sz.000858'];
    expect(stocks('2002-01-01', '2002-12-31')).toEqual(always);
    expect(stocks('2025-02-14', '2026-11-20')).toEqual([...always, 'sh.600018', 'sz.300114'].sort());
    const before = [...catalogue.all()].filter(({ kind }) => kind === 'stock').map(({ listed }) => listed ?? '');
    expect(catalogue.stocksListedAfter('2001-01-01' as IsoDate)).toBe(before.filter(day => day > '2001-01-01').length);
    expect(catalogue.stocksListedAfter('2001-01-01' as IsoDate)).toBeGreaterThan(0);
    expect(catalogue.stocksListedAfter('2099-12-31' as IsoDate)).toBe(0);
    expect(stocks('2025-02-15', '2026-11-20')).toEqual([...always, 'sh.600018'].sort());
  });
});
