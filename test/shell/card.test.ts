/** A code, name or pinyin typed alone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardView } from '../../src/output/card-view.ts';
import { viewLines } from '../../src/output/lines.ts';
import { lineText, lineWidth } from '../../src/output/spans.ts';
import { Prompt } from './prompt.ts';

let prompt: Prompt;

beforeEach(async () => {
  prompt = new Prompt();
  await prompt.run(`
    insert into instruments (code, name, pinyin, kind, board, industry, list_date) values
      ('sh.600519', '贵州茅台', 'gzmt', 'stock', 'main', 'C15 酒', date '2001-08-27'),
      ('sz.000001', '平安银行', 'payh', 'stock', 'main', null, null),
      ('sh.000001', '上证指数', 'szzs', 'index', null, null, null),
      ('sh.601318', '中国平安', 'zgpa', 'stock', 'main', null, null);
    insert into meta.factor_spans values ('sh.600519', date '1900-01-01', date '9999-12-31', 1, 1);
    insert into daily (code, date, open, high, low, close, pre_close, volume, amount, turn, pct_chg, is_suspended, is_st, pe_ttm, pb_mrq, source)
      select 'sh.600519', date '2026-11-01' + i::int, 1, 1, 1, 1500 + i, 1, 100, 3517000000, 0.19, 0.4, false, false, 22.4, 7.9, 'demo'
      from range(20) t(i);`);
});

afterEach(() => prompt.close());

async function card(text: string): Promise<CardView> {
  const { views } = await prompt.run(text);
  const [view] = views;
  if (view?.kind !== 'card') throw new Error(`no card but ${JSON.stringify(view)}`);
  return view;
}

describe('a word alone', () => {
  it('opens the card of the code, name or initials that it is', async () => {
    for (const text of ['600519', 'sh.600519', '600519.SH', '贵州茅台', 'gzmt', 'card 茅台']) {
      expect([text, (await card(text)).code]).toEqual([text, 'sh.600519']);
    }
    expect(await card('000001')).toMatchObject({
      code: 'sz.000001',
      remark: 'took the stock; the index is sh.000001',
      stored: null,
    });
  });

  it('is told as it is told of every security', async () => {
    const lines = viewLines(await card('600519'), { columns: 100, rows: 30, glyphs: true }).map(lineText);
    expect(lines.slice(0, 2)).toEqual([
      '  sh.600519  贵州茅台 · main board · C15 酒 · listed 2001-08-27',
      '  1519.00  +0.40 %   2026-11-20   turn 0.19 %   35.17 亿   PE 22.4   PB 7.9',
    ]);
    expect(lines[2]).toMatch(/^ {2}[▁-█]{20} {2}20 sessions qfq, 1500\.00 … 1519\.00$/);
    expect(lines[3]).toContain('stored daily 2026-11-01 … 2026-11-20');
    for (const columns of [24, 40, 60]) {
      for (const line of viewLines(await card('600519'), { columns, rows: 30, glyphs: false })) {
        expect(lineWidth(line)).toBeLessThan(columns);
        expect(lineText(line)).not.toMatch(/[▁-█…·]/);
      }
    }
  });

  it('that can be several is not guessed at, and one that is none is a mistyped command', async () => {
    expect((await prompt.problem('平安')).message).toContain('can be 2 securities');
    expect((await prompt.problem('cellz')).next).toBe('did you mean cells ?');
    expect((await prompt.problem('999999')).message).toContain('belongs to no exchange');
  });

  it('never takes SQL or a line of several words', async () => {
    expect((await prompt.problem('gzmt sh')).message).toContain('there is no command gzmt');
    expect(prompt.session.openness('select')).toBe('statement');
    expect(await prompt.rows('select 600519;')).toEqual([['600519']]);
  });
});
