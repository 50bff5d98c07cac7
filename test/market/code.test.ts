import { describe, expect, it } from 'vitest';
import { asCode, type Code, classify, codeForms, isCode, readCode } from '../../src/market/code.ts';
import { Problem } from '../../src/market/problem.ts';

describe('reading a code', () => {
  it.each([
    ['600519', 'sh.600519'],
    ['sh600519', 'sh.600519'],
    ['sh.600519', 'sh.600519'],
    ['SH600519', 'sh.600519'],
    ['Sh.600519', 'sh.600519'],
    ['600519.SH', 'sh.600519'],
    ['600519.ss', 'sh.600519'],
    ['600519.XSHG', 'sh.600519'],
    ['000001.XSHE', 'sz.000001'],
    ['000001.SZ', 'sz.000001'],
    ['000001.SH', 'sh.000001'],
    ['920819.BJ', 'bj.920819'],
    ['1.600519', 'sh.600519'],
    ['1.000001', 'sh.000001'],
    ['0.000001', 'sz.000001'],
    ['0.920819', 'bj.920819'],
    ['  600519\t', 'sh.600519'],
    ['６００５１９', 'sh.600519'],
    ['ｓｈ．６００５１９', 'sh.600519'],
    ['sh。600519', 'sh.600519'],
    ['６００５１９．ＳＨ', 'sh.600519'],
    ['300750', 'sz.300750'],
    ['302132', 'sz.302132'],
    ['688981', 'sh.688981'],
    ['689009', 'sh.689009'],
    ['920819', 'bj.920819'],
    ['510300', 'sh.510300'],
    ['508000', 'sh.508000'],
    ['159915', 'sz.159915'],
    ['161725', 'sz.161725'],
    ['900901', 'sh.900901'],
    ['200002', 'sz.200002'],
    ['113050', 'sh.113050'],
    ['123001', 'sz.123001'],
    ['bj.430047', 'bj.430047'],
    ['sz.399001', 'sz.399001'],
    ['sh.999999', 'sh.999999'],
  ])('takes %j as %s', (input, code) => {
    expect(readCode(input)).toMatchObject({ kind: 'code', code });
    expect(asCode(input)).toBe(code);
  });

  it('says that it took the stock where an index has the same digits', () => {
    expect(readCode('000001')).toEqual({
      kind: 'code',
      code: 'sz.000001',
      bare: true,
      note: 'took the stock; the index is sh.000001',
    });
    expect(readCode('sz000001')).toEqual({ kind: 'code', code: 'sz.000001', bare: false });
    expect(readCode('600519')).toEqual({ kind: 'code', code: 'sh.600519', bare: true });
  });

  it.each([
    ['399001', ['sz.399001'], '399001 is an index, and an index needs its exchange'],
    ['899050', ['bj.899050'], '899050 is an index, and an index needs its exchange'],
    ['930050', ['sh.930050'], '930050 is an index, and an index needs its exchange'],
    ['999999', [], '999999 belongs to no exchange by its first digits'],
    ['700001', [], '700001 belongs to no exchange by its first digits'],
  ])('refuses %s, which the prefixes do not decide', (input, candidates, sentence) => {
    const reading = readCode(input);
    expect(reading).toMatchObject({ kind: 'ambiguous', candidates });
    expect(() => asCode(input)).toThrow(expect.objectContaining({ kind: 'usage', message: sentence }));
  });

  it('refuses a retired Beijing number, which may be another company over the counter', () => {
    expect(readCode('830799')).toMatchObject({ kind: 'ambiguous', candidates: ['bj.830799'] });
  });

  it.each(['贵州茅台', '茅台', '五 粮 液', '*ST景峰', 'gzmt', 'TCL科技', '万科Ａ', '三六零', '360数科股份'])(
    'leaves %s to the catalogue',
    text => {
      expect(readCode(text)).toMatchObject({ kind: 'name' });
      expect(() => asCode(text)).toThrow('is a name');
    },
  );

  it.each([
    '',
    '   ',
    '60051',
    '6005199',
    'sh.60051',
    'sh6005191',
    '600519.US',
    'hk.600519',
    '7.600519',
    '0.1',
    '.',
    '600519;',
    "600519'",
    '600\u0000519',
    '贵州\u001b[31m',
    '--all',
    '字'.repeat(41),
  ])('refuses %j in one sentence', input => {
    const reading = readCode(input);
    expect(reading.kind).toBe('invalid');
    if (reading.kind !== 'invalid') return;
    expect(reading.problem.kind).toBe('usage');
    expect(reading.problem.message).not.toMatch(/\.\s|\n|\.$/);
    expect(reading.problem.next).toBeTruthy();
    expect(() => asCode(input)).toThrow(Problem);
  });

  it('counts the digits that it was given', () => {
    expect(() => asCode('60051')).toThrow('“60051” is no code: it has 5 digits where a code has six');
    expect(() => asCode('1.60051')).toThrow('it has 5 digits');
  });
});

describe('a code', () => {
  it('is recognised in its one form only', () => {
    expect(isCode('sh.600519')).toBe(true);
    for (const text of ['600519', 'SH.600519', 'sh.60051', 'sh.600519 ', 'hk.600519']) expect(isCode(text)).toBe(false);
  });

  it.each([
    ['sh.600519', 'stock', 'main'],
    ['sh.605499', 'stock', 'main'],
    ['sh.688981', 'stock', 'star'],
    ['sh.689009', 'stock', 'star'],
    ['sz.002415', 'stock', 'main'],
    ['sz.003816', 'stock', 'main'],
    ['sz.301236', 'stock', 'chinext'],
    ['sz.302132', 'stock', 'chinext'],
    ['bj.920819', 'stock', 'bse'],
    ['sh.000300', 'index', null],
    ['sh.931643', 'index', null],
    ['sz.399106', 'index', null],
    ['bj.899050', 'index', null],
    ['sh.510300', 'etf', null],
    ['sh.588000', 'etf', null],
    ['sz.159915', 'etf', null],
    ['sh.501018', 'fund', null],
    ['sz.161725', 'fund', null],
    ['sh.900901', 'b-share', null],
    ['sz.200002', 'b-share', null],
    ['sh.118000', 'bond', null],
    ['sz.128136', 'bond', null],
    ['sh.999999', 'unknown', null],
    ['sz.600519', 'unknown', null],
  ])('%s is of kind %s, board %s', (code, kind, board) => {
    expect(classify(code as Code)).toEqual({ exchange: code.slice(0, 2), kind, board });
  });

  it('has its forms elsewhere', () => {
    expect(codeForms('sh.600519' as Code)).toEqual({ tushare: '600519.SH', eastmoney: '1.600519' });
    expect(codeForms('sz.000001' as Code)).toEqual({ tushare: '000001.SZ', eastmoney: '0.000001' });
    expect(codeForms('bj.920819' as Code)).toEqual({ tushare: '920819.BJ', eastmoney: '0.920819' });
  });
});
