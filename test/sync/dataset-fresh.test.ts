import { describe, expect, it } from 'vitest';
import type { IsoDate } from '../../src/market/date.ts';
import type { DatasetTask } from '../../src/source/source.ts';
import { isFresh } from '../../src/sync/dataset-fresh.ts';

const today = '2026-11-20' as IsoDate;

/** Whether the answer of that day is fresh today. */
function fresh(dataset: string, params: Record<string, string>, asked: string, source = 'baostock'): boolean {
  const task: DatasetTask = { kind: 'dataset', id: 1, dataset, params };
  return isFresh(task, [{ what: dataset, params, source: 'baostock', day: asked as IsoDate, at: 0 }], source, today);
}

describe('an answer of a dataset', () => {
  it.each([
    ['instruments', {}, '2026-11-20', true],
    ['instruments', {}, '2026-11-19', false],
    ['industry', {}, '2026-11-14', true],
    ['industry', {}, '2026-11-13', false],
    ['index-members', { index: 'hs300', date: '2024-01-02' }, '2024-06-01', true],
    ['index-members', { index: 'hs300', date: '2026-11-20' }, '2026-11-20', true],
    ['index-members', { index: 'hs300', date: '2026-11-19' }, '2026-11-19', false],
    ['profit', { code: 'sh.600519', year: '2026', quarter: '3' }, '2026-10-30', false],
    ['profit', { code: 'sh.600519', year: '2026', quarter: '3' }, '2026-11-19', true],
    ['profit', { code: 'sh.600519', year: '2026', quarter: '2' }, '2026-09-15', false],
    ['profit', { code: 'sh.600519', year: '2023', quarter: '4' }, '2025-06-01', true],
    ['dividends', { code: 'sh.600519', year: '2020' }, '2025-01-01', true],
    ['dividends', { code: 'sh.600519', year: '2026' }, '2026-11-12', false],
  ] as const)('%s %o asked for on %s is fresh: %s', (dataset, params, asked, expected) => {
    expect(fresh(dataset, params, asked)).toBe(expected);
  });

  it('of other parameters or of another provider says nothing', () => {
    expect(fresh('industry', {}, today, 'tushare')).toBe(false);
    const task: DatasetTask = { kind: 'dataset', id: 1, dataset: 'profit', params: { year: '2025', quarter: '1' } };
    const other = { what: 'profit', params: { year: '2025', quarter: '2' }, source: 'baostock', day: today, at: 0 };
    expect(isFresh(task, [other], 'baostock', today)).toBe(false);
    const same = { ...other, params: { quarter: '1', year: '2025' } };
    expect(isFresh(task, [same], 'baostock', today)).toBe(true);
  });
});
