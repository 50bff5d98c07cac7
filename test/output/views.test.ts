/** Every view fits every width, lines up, and says what it has to say. */
import { describe, expect, it } from 'vitest';
import type { Counts, WorkerView } from '../../src/fetch/events.ts';
import { noCounts, noProgress, type Progress } from '../../src/fetch/progress.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import { Problem } from '../../src/market/problem.ts';
import { paint, sgr, themeOf } from '../../src/output/ansi.ts';
import { plainProgress } from '../../src/output/events.ts';
import { viewJson } from '../../src/output/json.ts';
import { viewLines } from '../../src/output/lines.ts';
import { progressBlock } from '../../src/output/progress-block.ts';
import type { FailureRow, PoolView, RunsView, RunView, View } from '../../src/output/view.ts';
import { screen, texts, widest, widths } from './rows.ts';

const now = Date.parse('2026-11-21T10:06:00+08:00');

const small: RunView = {
  kind: 'run',
  summary: {
    ...noCounts,
    run: 1,
    what: 'fetch 600519 000001 宁德时代 --from 20240101',
    period: 'd',
    planned: 3,
    ok: 3,
    rows: 2094,
    requests: 8,
    logins: 1,
    revised: 0,
    covered: 0,
    seconds: 0.6,
    end: 'ok',
    message: null,
    codes: [
      ['sh.600519', 0],
      ['sz.000001', 0],
      ['sz.300750', 2],
    ].map(([code, suspended]) => ({
      code: code as Code,
      bars: 698,
      first: '2024-01-02' as IsoDate,
      last: '2026-11-20' as IsoDate,
      suspended: suspended as number,
      covered: false,
      outcome: { class: 'ok', rows: 698 } as const,
    })),
  },
  names: { 'sh.600519': '贵州茅台', 'sz.000001': '平安银行', 'sz.300750': '宁德时代' },
  used: 19,
  budget: 45_000,
  remarks: { 'sz.000001': 'took the stock; the index is sh.000001' },
};

const large: RunView = {
  ...small,
  summary: {
    ...small.summary,
    run: 4,
    what: 'fetch --all',
    planned: 5208,
    ok: 5189,
    empty: 12,
    failed: 7,
    rows: 16_204_118,
    quarantined: 61,
    requests: 10_964,
    seconds: 1691,
    end: 'partial',
    codes: Array.from({ length: 5208 }, (_, n) => ({
      code: `sz.${String(n).padStart(6, '0')}` as Code,
      bars: 3000,
      first: '2001-08-27' as IsoDate,
      last: '2026-11-20' as IsoDate,
      suspended: 0,
      covered: false,
      outcome:
        n < 7
          ? ({ class: 'retry-network', message: 'closed inside a frame' } as const)
          : n < 19
            ? ({ class: 'ok-empty', reason: 'before-listing' } as const)
            : ({ class: 'ok', rows: 3000 } as const),
    })),
  },
  used: 10_800,
};

const synced: RunView = {
  ...large,
  summary: { ...large.summary, what: 'sync' },
  news: {
    since: '2026-11-13' as IsoDate,
    to: '2026-11-20' as IsoDate,
    listings: 3,
    delistings: 1,
    exDates: 14,
    stChanges: 0,
  },
};

const failure: FailureRow = {
  code: 'sh.600884',
  name: '杉杉股份',
  period: 'daily',
  from: '2024-01-02',
  to: '2026-11-20',
  class: 'retry-network',
  attempts: 4,
  message: 'closed inside a frame',
  said: '\u001b[2J',
  run: 4,
  at: now - 130_000,
  nextAt: null,
};

const runs: RunsView = {
  kind: 'runs',
  only: null,
  runs: [
    ...['fetch --all --from 2020-01-01', 'retry --all'].map((what, n) => ({
      run: 4 - n,
      what,
      source: 'baostock',
      period: 'd',
      startedAt: now - n * 3_600_000,
      endedAt: now,
      planned: 5208,
      ok: 5189,
      empty: 12,
      failed: 7,
      left: 0,
      rows: 16_204_118,
      quarantined: 0,
      requests: 10_964,
      logins: 5,
      seconds: 1691,
      end: 'partial' as const,
      message: null,
    })),
  ],
};

const worker = (id: number, more: Partial<WorkerView> = {}): WorkerView => ({
  id,
  pid: 4120 + id,
  state: 'fetching',
  at: 'sh.600884',
  detail: 'page 2 of 3',
  rows: 2000,
  since: now - 200,
  tasks: 600,
  memoryMb: 81,
  ...more,
});

const pool: PoolView = {
  kind: 'pool',
  status: {
    preset: 'default',
    state: 'open',
    path: 'market.duckdb',
    lanes: [],
    running: 1,
    runningLimit: 18,
    runningWaiting: 0,
    writer: null,
    opening: 0,
    failedOpens: 0,
    misused: 0,
    size: 5,
    maxOverflow: 10,
    timeoutMs: 30_000,
    recycleMs: 3_600_000,
    checkedOut: 2,
    checkedIn: 3,
    overflow: 0,
    waiting: 0,
    waitP50Ms: 0,
    waitP99Ms: 1,
    opened: 6,
    closed: 1,
    recycled: 1,
    invalidated: 0,
    leaked: 0,
    holders: [
      { connection: 1, lane: 'interactive', tag: '[12]', heldMs: 20, sql: 'pool', runningMs: null },
      {
        connection: 2,
        lane: 'write',
        tag: 'sync 4',
        heldMs: 300,
        sql: 'merge into daily\nusing staged',
        runningMs: 300,
      },
    ],
    alerts: ['80 % of the connections are checked out, for 12 s'],
  },
  workers: [worker(1), worker(2, { state: 'backing off', at: 'sz.300059' })],
  logins: 2,
  used: 5462,
  budget: 45_000,
  file: { path: 'market.duckdb', bytes: 432_013_312, walBytes: 3_145_728, engine: '1.5.6', readOnly: false },
  now,
};

const views: Readonly<Record<string, View>> = {
  small,
  large,
  synced,
  runs,
  'one run': { ...runs, only: 4 },
  failures: {
    kind: 'failures',
    failures: [failure, { ...failure, name: null, class: 'unknown-code', period: 'min5' }],
    now,
  },
  'no failures': { kind: 'failures', failures: [], now },
  pool,
  tables: {
    kind: 'tables',
    only: null,
    tables: [
      {
        schema: 'main',
        name: 'daily',
        kind: 'table',
        rows: 16_204_118,
        comment: 'daily bars as traded, one row a code and session',
        columns: [{ name: 'close', type: 'DOUBLE', comment: 'yuan as traded' }],
      },
    ],
  },
  help: {
    kind: 'help',
    topic: null,
    entries: [{ usage: 'fetch CODES…', summary: 'bars of some codes', example: 'fetch 600519' }],
    foot: ['SQL ends in ;'],
  },
  helpTopic: {
    kind: 'help',
    topic: 'keys',
    usage: '',
    summary: '',
    options: [
      { flag: '写', says: '' },
      { flag: '  M-enter, S-enter, C-o', says: 'a new line (Escape and Enter too)' },
      { flag: '  up', says: '贵州茅台'.repeat(20) },
    ],
    examples: [],
    text: [],
  },
  note: { kind: 'note', level: 'warn', sentence: '贵州茅台'.repeat(40), next: 'fetch' },
  changed: { kind: 'changed', what: 'insert', changed: 1204, ms: 12 },
  jobs: {
    kind: 'jobs',
    jobs: [{ job: 4, what: 'fetch --all', planned: 10, done: 5, failed: 1, secondsLeft: 12 }],
    waiting: ['retry --all'],
  },
  problem: {
    kind: 'problem',
    problem: new Problem('refused', 'the provider has banned this address until Sat 03:40', { next: 'sync' }),
    place: null,
    candidates: [],
    statement: null,
  },
};

describe('views', () => {
  it.each(widths)('say all of what a key does on %d columns', columns => {
    const words = texts(viewLines(views.helpTopic as View, screen(columns)))
      .join(' ')
      .replace(/\s/g, '');
    expect(words).toContain('M-enter,S-enter,C-oanewline(EscapeandEntertoo)');
    expect(words).toContain('贵州茅台'.repeat(20));
  });

  it.each(widths)('fit %d columns', columns => {
    for (const [name, view] of Object.entries(views)) {
      const lines = viewLines(view, screen(columns));
      expect([name, widest(lines) < columns]).toEqual([name, true]);
      expect(texts(lines).join('')).not.toMatch(/[\u0000-\u001f]/);
    }
  });

  it('tells a small run code by code', () => {
    expect(texts(viewLines(small, screen(120)))).toEqual([
      '  sh.600519  贵州茅台  698 bars  2024-01-02 … 2026-11-20',
      '  sz.000001  平安银行  698 bars  2024-01-02 … 2026-11-20  took the stock; the index is sh.000001',
      '  sz.300750  宁德时代  698 bars  2024-01-02 … 2026-11-20  2 suspended',
      '  3 ok · 2,094 bars · 8 requests, 19 of 45,000 today · 0.6 s',
    ]);
  });

  it('tells a large run by its sums', () => {
    const lines = texts(viewLines(large, screen(120)));
    expect(lines.slice(0, 3)).toEqual([
      '  fetch 4  5,208 planned = 5,189 ok + 12 empty + 7 failed · daily 2001-08-27 … 2026-11-20',
      "           16.2 M new bars · 61 rows in quarantine · 10,964 requests, 24 % of today's 45,000 · 28:11",
      '           empty: 12 before its listing',
    ]);
    expect(lines.at(-1)).toBe('           failures  lists the 7 · retry --all  asks for them again');
  });

  it('tells how many stocks were listed only after the range of all', () => {
    const view = { ...large, notListed: 1_204 };
    expect(texts(viewLines(view, screen(120))).join('\n')).toContain('· 1,204 not yet listed ·');
    expect(texts(viewLines({ ...small, notListed: 3 }, screen(120))).at(-1)).toContain('3 ok · 3 not yet listed');
    const revised = { ...small, summary: { ...small.summary, revised: 2 } };
    expect(texts(viewLines(revised, screen(120))).at(-1)).toBe(
      "  2 stored bars differed and are the provider's now: from meta.revisions where run = 1",
    );
    expect(JSON.parse(viewJson(view))).toMatchObject({ notListed: 1_204 });
  });

  it('tells what happened in the sessions that a sync added, and nothing where nothing did', () => {
    const lines = texts(viewLines(synced, screen(120)));
    expect(lines[2]).toBe('          new since 2026-11-13: 3 listings · 1 delisting · 14 ex-dates');
    expect(JSON.parse(viewJson(synced))).toMatchObject({ news: { listings: 3, stChanges: 0 } });
    const quiet = { ...synced.news, listings: 0, delistings: 0, exDates: 0 } as NonNullable<RunView['news']>;
    expect(texts(viewLines({ ...synced, news: quiet }, screen(120))).join()).not.toContain('new since');
  });

  it('lists runs and failures in columns', () => {
    expect(texts(viewLines(runs, screen(120)))[1]).toBe(
      '    4  11-21 10:06  fetch --all --from 2020-01-01    5,208  5,189     12       7     0  16,204,118  28:11  partial',
    );
    expect(texts(viewLines(views.failures as View, screen(120)))[0]).toBe(
      '  sh.600884  杉杉股份  daily  network  4 tries  closed inside a frame  2 min ago',
    );
  });

  it('shows both pools', () => {
    const lines = texts(viewLines(pool, screen(100)));
    expect(lines[0]).toBe('  alert  80 % of the connections are checked out, for 12 s');
    expect(lines[1]).toBe(
      '  connections  size 5 + 10 · checked out 2 · checked in 3 · overflow 0 · waiting 0 · 13 % used',
    );
    expect(lines).toContain('    write        sync 4  0.3 s  merge into daily using staged');
    expect(lines.at(-1)).toBe('  file         market.duckdb 412 MB · wal 3 MB · DuckDB 1.5.6');
  });
});

describe('JSON', () => {
  it('is one line for every view, without anything that a terminal obeys', () => {
    for (const view of Object.values(views)) {
      const text = viewJson(view);
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(JSON.parse(text)).toMatchObject({ version: 1 });
    }
  });

  it('holds the counts of a run', () => {
    expect(Object.keys(JSON.parse(viewJson(small)))).toEqual([
      ...[
        'run',
        'planned',
        'ok',
        'empty',
        'failed',
        'left',
        'rows',
        'quarantined',
        'revised',
        'requests',
        'logins',
        'seconds',
      ],
      ...['covered', 'end', 'message', 'version'],
    ]);
  });
});

const counts: Counts = {
  ...noCounts,
  planned: 5208,
  ok: 2720,
  empty: 4,
  failed: 7,
  left: 2477,
  rows: 8_124_090,
  requests: 5462,
  logins: 5,
};

function progress(workers: number): Progress {
  return {
    ...noProgress('fetch --all'),
    run: 4,
    counts,
    quota: { used: 5462, budget: 45_000 },
    done: 2731,
    share: 2731 / 5208,
    rate: 3.1,
    secondsLeft: 799,
    workers: Array.from({ length: workers }, (_, n) => worker(n + 1)),
    failures: [{ at: 'sz.000651', class: 'retry-network', time: now }],
  };
}

describe('the progress block', () => {
  const names = { 'sh.600884': '杉杉股份' };

  it('shows bar, workers in two columns, and a foot', () => {
    const lines = texts(progressBlock(progress(5), screen(100, 40), { now, names, fold: 'F2 folds' }));
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^ {2}fetch 4 · daily · 5 workers +F2 folds · cancel 4 stops$/);
    expect(lines[1]).toBe(`  ${'━'.repeat(25)}${'─'.repeat(23)}  2,731 of 5,208 · 3.1/s · 13:19 left · 7 failed`);
    expect(lines[2]).toMatch(/^ {2}1 {2}sh\.600884 {2}杉杉股份 {2}page 2 of 3 +0\.2 s +4 {2}sh\.600884/);
    expect(lines[5]).toBe("  8.1 M bars · 5,462 requests, 12 % of today's 45,000 · newest failure sz.000651 network");
    const failures = ['sz.000651', 'sh.600000', 'sh.600519'].map(
      at => ({ at, class: 'retry-network', time: now }) as const,
    );
    const foot = (columns: number) =>
      texts(progressBlock({ ...progress(5), failures }, screen(columns, 40), { now, names })).at(-1);
    expect(foot(160)).toMatch(/newest failures sz\.000651 network, sh\.600000 network, sh\.600519 network$/);
    expect(foot(110)).toMatch(/newest failures sz\.000651 network, sh\.600000 network$/);
    expect(foot(100)).toMatch(/newest failure sz\.000651 network$/);
  });

  it.each(widths)('fits %d columns and folds where the window is low', columns => {
    for (const rows of [6, 15, 30]) {
      for (const workers of [0, 1, 5, 16]) {
        const lines = progressBlock(progress(workers), screen(columns, rows), { now, names, fold: 'F2 folds' });
        expect(widest(lines)).toBeLessThan(columns);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, Math.floor(rows / 3)));
      }
    }
  });

  it('is one row when folded', () => {
    expect(texts(progressBlock(progress(5), screen(60, 15), { now, folded: true }))).toEqual([
      `  fetch 4 ${'━'.repeat(10)}${'─'.repeat(10)} 52 % · 13:19 left · 7 failed`,
    ]);
  });

  it('never shows a full bar before the end', () => {
    const nearly = { ...progress(1), share: 0.9999 };
    expect(texts(progressBlock(nearly, screen(100, 40), { now }))[1]).toContain('─');
  });
});

describe('plain progress', () => {
  const task = (done: number, at: number) => ({
    event: { type: 'counts' as const, counts: { ...noCounts, planned: 100, ok: done, left: 100 - done } },
    at,
  });

  it('tells every tenth of the tasks and at least every ten seconds, never two lines within a second', () => {
    const plain = plainProgress();
    const said = [
      ...plain.lines({ type: 'started', run: 3, what: 'fetch --all', period: 'd', workers: 5, at: 0 }, 0),
      ...plain.lines({ type: 'planned', planned: 100, covered: 2 }, 0),
    ];
    const told = [
      task(5, 500),
      task(10, 900),
      task(11, 1500),
      task(12, 2000),
      task(13, 12_000),
      task(30, 12_400),
      task(31, 13_500),
      task(100, 20_000),
    ]
      .filter(({ event, at }) => plain.lines(event, at).length > 0)
      .map(({ at }) => at);
    expect(said).toEqual(['fetch 3: fetch --all with 5 workers', 'fetch 3: 100 tasks planned, 2 stored before']);
    expect(told).toEqual([1500, 12_000, 13_500]);
  });

  it('tells warnings at once, without obeying them', () => {
    expect(plainProgress().lines({ type: 'notice', level: 'warn', sentence: 'said \u001b[2J' }, 0)).toEqual([
      'warning: said \\x1b[2J',
    ]);
  });
});

describe('colours', () => {
  it('open and close with every span, and follow the market', () => {
    const line = [{ text: '+1', role: 'up' as const }, { text: ' x' }];
    expect(paint(line, { theme: 'dark', rising: 'red-up' })).toBe('\u001b[31m+1\u001b[0m x');
    expect(paint(line, { theme: 'dark', rising: 'green-up' })).toBe('\u001b[32m+1\u001b[0m x');
    expect(paint(line, { theme: 'none', rising: 'red-up' })).toBe('+1 x');
  });

  it.each([
    [{}, true, 'dark'],
    [{ NO_COLOR: '1' }, true, 'none'],
    [{ TERM: 'dumb' }, true, 'none'],
    [{ COLORFGBG: '0;15' }, true, 'light'],
    [{ COLORFGBG: '15;0' }, true, 'dark'],
    [{}, false, 'none'],
  ])('%j on a terminal: %s', (environment, isTerminal, theme) => expect(themeOf(environment, isTerminal)).toBe(theme));

  it('shows without colour what is selected, and nothing else', () => {
    const none = { theme: 'none', rising: 'red-up' } as const;
    expect(
      paint(
        [
          { text: 'a', role: 'fail' },
          { text: 'b', role: 'selected' },
          { text: 'c', role: 'dim' },
        ],
        none,
      ),
    ).toBe('a\x1b[7mb\x1b[0mc');
  });

  it('obeys the one who chose, and colours no file', () => {
    expect(themeOf({ NO_COLOR: '1' }, true, 'light')).toBe('light');
    expect(themeOf({}, false, 'light')).toBe('none');
  });

  it('reads on white: every role of the light theme has a contrast of 4.5 to 1', () => {
    const roles = ['dim', 'accent', 'up', 'down', 'warn', 'fail', 'keyword', 'string', 'number', 'comment'] as const;
    const faint = roles.filter(role => {
      const index = Number(/38;5;(\d+)/.exec(sgr(role, { theme: 'light', rising: 'red-up' }))?.[1]);
      return 1.05 / (luminance(index) + 0.05) < 4.5;
    });
    expect(faint).toEqual([]);
  });
});

/** Relative luminance (WCAG 2) of a colour of the 256: the 6 × 6 × 6 cube, then greys. */
function luminance(index: number): number {
  const steps = [0, 95, 135, 175, 215, 255];
  const grey = 8 + 10 * (index - 232);
  const cube = [36, 6, 1].map(weight => steps[Math.floor((index - 16) / weight) % 6] as number);
  const [red = 0, green = 0, blue = 0] = (index >= 232 ? [grey, grey, grey] : cube).map(value => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
