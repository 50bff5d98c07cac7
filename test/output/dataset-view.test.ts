/** What a run for a dataset leaves behind: it fits every width and says what came, what did not, and why. */
import { describe, expect, it } from 'vitest';
import { noCounts } from '../../src/fetch/progress.ts';
import { viewJson } from '../../src/output/json.ts';
import { viewLines } from '../../src/output/lines.ts';
import type { DatasetTaskResult, RunView } from '../../src/output/view.ts';
import { screen, texts, widest, widths } from './rows.ts';

function view(tasks: readonly DatasetTaskResult[], params: Record<string, string>, name = 'profit'): RunView {
  const count = (wanted: (name: string) => boolean) => tasks.filter(({ outcome }) => wanted(outcome.class)).length;
  const ok = count(name => name === 'ok');
  const empty = count(name => name === 'ok-empty');
  const failed = tasks.length - ok - empty;
  const rows = tasks.reduce((sum, task) => sum + task.rows, 0);
  const counts = { ...noCounts, planned: tasks.length, ok, empty, failed, rows, requests: 5, logins: 1 };
  const what = `fetch --dataset ${name}`;
  const end = failed > 0 ? ('partial' as const) : ('ok' as const);
  return {
    kind: 'run',
    summary: {
      ...counts,
      run: 7,
      what,
      period: 'd',
      revised: 0,
      covered: 0,
      seconds: 0.2,
      end,
      message: null,
      codes: [],
    },
    names: { 'sh.600519': '贵州茅台', 'sz.000001': '平安银行' },
    used: null,
    budget: null,
    remarks: {},
    dataset: { name, table: name, params, tasks, hints: [] },
  };
}

const ok = (code: string | null, rows: number, stored: number): DatasetTaskResult => ({
  code,
  rows: stored,
  outcome: { class: 'ok', rows },
});

const cut = { class: 'retry-network', message: 'The answer \u001b[2J took too long.' } as const;

const small = view(
  [
    ok('sh.600519', 1, 1),
    ok('sh.600000', 1, 0),
    { code: 'sz.000001', rows: 0, outcome: { class: 'ok-empty', reason: 'not-published' } },
    { code: 'sz.000002', rows: 0, outcome: cut },
  ],
  { year: '2026', quarter: '3' },
);

const large = view(
  [
    ...Array.from({ length: 20 }, (_, at) => ok(`sh.6000${at + 10}`, 1, 1)),
    { code: 'sz.000001', rows: 0, outcome: { class: 'ok-empty', reason: 'no-events' } },
    { code: 'sz.000002', rows: 0, outcome: cut },
  ],
  { year: '2026' },
);

describe('a run for a dataset', () => {
  it('has a row for each of a few codes, then the sum', () => {
    expect(texts(viewLines(small, screen(100)))).toEqual([
      '  sh.600519  贵州茅台  1 row  1 new',
      '  sh.600000            1 row  nothing new',
      '  sz.000001  平安银行         empty: not published yet',
      '  sz.000002                   failed: network, The answer \\x1b[2J took too long.',
      '  profit 2026 quarter 3 · 2 ok · 1 empty · 1 failed · 1 new row in profit · 5 requests · 0.2 s',
      '  failures  lists what failed · retry --all  asks for it again',
    ]);
  });

  it('of many codes tells the sum, the reasons and the first failures', () => {
    expect(texts(viewLines(large, screen(100)))).toEqual([
      '  profit 2026 · 20 ok · 1 empty · 1 failed · 20 new rows in profit · 5 requests · 0.2 s',
      '  empty: 1 no events',
      '  sz.000002  network  The answer \\x1b[2J took too long.',
      '  failures  lists what failed · retry --all  asks for it again',
    ]);
  });

  it('of a whole says at once why it is empty', () => {
    const closed = view([{ code: null, rows: 0, outcome: { class: 'ok-empty', reason: 'no-sessions' } }], {
      date: '2026-11-14',
    });
    const [line] = texts(viewLines(closed, screen(120)));
    expect(line).toContain('2026-11-14 · empty: no sessions in the range · 0 new rows');
  });

  it('fits every width', () => {
    for (const width of widths) {
      for (const one of [small, large]) expect(widest(viewLines(one, screen(width)))).toBeLessThan(width);
    }
  });

  it('tells on the ledger what was asked', () => {
    const about = {
      name: null,
      period: 'operation',
      from: null,
      to: null,
      attempts: 2,
      message: 'cut',
      said: null,
      run: 7,
    };
    const common = { ...about, class: 'retry-network', at: null, nextAt: null } as const;
    const failures = [
      { ...common, code: 'sh.600519', params: { year: '2025', quarter: '2' } },
      { ...common, code: 'index-members', period: 'index-members', params: { index: 'sz50' } },
    ];
    expect(texts(viewLines({ kind: 'failures', failures, now: 0 }, screen(100))).slice(0, 2)).toEqual([
      '  sh.600519      operation year 2025 quarter 2  network  2 tries  cut',
      '  index-members  index-members index sz50       network  2 tries  cut',
    ]);
  });

  it('is the object of any run as JSON', () => {
    expect(JSON.parse(viewJson(small))).toMatchObject({
      run: 7,
      planned: 4,
      ok: 2,
      empty: 1,
      failed: 1,
      left: 0,
      rows: 1,
    });
  });
});
