/** Plans against real files, filled through the writer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, clockFrom } from '../../src/config/clock.ts';
import { Calendar } from '../../src/market/calendar.ts';
import { addDays } from '../../src/market/date.ts';
import type { Period } from '../../src/market/period.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { commit } from '../../src/store/writer.ts';
import { coalesced, holesIn } from '../../src/sync/holes.ts';
import { planFetch } from '../../src/sync/planner.ts';
import { staleDatasets } from '../../src/sync/prepare.ts';
import {
  calendarPart,
  code,
  day,
  ended,
  endedDataset,
  clock as evening,
  Files,
  instrumentsPart,
  minutesBatch,
  request,
  series,
  startRun,
  weekdays,
} from '../store/fixture.ts';

const files = new Files();
let database: OpenedDatabase;
afterAll(() => files.close());

const instruments = [
  { code: 'sh.600519', name: '贵州茅台' },
  { code: 'sz.000001', name: '平安银行' },
  { code: 'sh.000001', name: '上证综合指数', kind: 'index', listed: '1991-07-15' },
  { code: 'sh.510300', name: '沪深300ETF', kind: 'etf', listed: '2012-05-28' },
  { code: 'sz.300999', name: '新股', listed: '2026-11-18' },
  { code: 'sz.300114', name: '中航电测', delisted: '2025-02-14' },
];

async function marketFile(): Promise<OpenedDatabase> {
  const opened = await files.open();
  const run = await startRun(opened);
  const calendar = calendarPart('2000-01-01', '2026-12-31', ['2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06']);
  const parts = [endedDataset('calendar', [calendar]), endedDataset('instruments', [instrumentsPart(instruments)])];
  await commit(opened, request(run, parts));
  return opened;
}

async function store(codeText: string, from: string, to: string, factors = true): Promise<void> {
  const bars = series(codeText, weekdays(from, to));
  const run = await startRun(database);
  await commit(
    database,
    request(run, [ended({ code: codeText, from, to, bars, ...(factors ? { factors: {} } : {}) })]),
  );
}

interface Question {
  readonly period?: Period;
  readonly clock?: Clock;
}

async function plan(
  codes: readonly string[],
  from: string,
  to: string,
  { period = 'd', clock = evening }: Question = {},
) {
  return planFetch(database, {
    codes: codes.map(code),
    from: day(from),
    to: day(to),
    period,
    clock,
    source: 'baostock',
  });
}

const at = (text: string) => clockFrom(() => Date.parse(`${text}+08:00`));

const ranges = ({ tasks }: Awaited<ReturnType<typeof plan>>) =>
  tasks.map(task => (task.kind === 'bars' ? `${task.code} ${task.from} ${task.to}` : task.dataset));

describe('a plan', () => {
  beforeAll(async () => {
    database = await marketFile();
  });

  it('asks for a new code once, from its first session to its last, with its factors', async () => {
    const { tasks, asked, covered, pointless } = await plan(['sz.000001', 'sh.000001'], '2024-01-06', '2024-06-30');
    expect(tasks).toEqual([
      { kind: 'bars', id: 1, code: 'sz.000001', period: 'd', from: '2024-01-08', to: '2024-06-28', factors: true },
      { kind: 'bars', id: 2, code: 'sh.000001', period: 'd', from: '2024-01-08', to: '2024-06-28', factors: false },
    ]);
    expect(asked).toEqual([
      { code: 'sz.000001', from: '2024-01-08', to: '2024-06-28' },
      { code: 'sh.000001', from: '2024-01-08', to: '2024-06-28' },
    ]);
    expect([covered, pointless]).toEqual([[], []]);
  });

  it('cuts to what is listed and published', async () => {
    expect(ranges(await plan(['sz.300999', 'sz.300114'], '2025-01-01', '2030-12-31'))).toEqual([
      'sz.300999 2026-11-18 2026-11-20',
      'sz.300114 2025-01-01 2025-02-14',
    ]);
    const before = at('2026-11-20T17:29:00');
    expect(ranges(await plan(['sz.300999'], '2026-11-01', '2026-11-20', { clock: before }))).toEqual([
      'sz.300999 2026-11-18 2026-11-19',
    ]);
    const newYear = at('2027-01-04T20:00:00');
    expect(ranges(await plan(['sz.300999'], '2026-12-25', '2027-01-04', { clock: newYear }))).toEqual([
      'sz.300999 2026-12-25 2026-12-31',
    ]);
  });

  it.each([
    ['sz.300999', '2026-01-01', '2026-11-17', 'before-listing', 'd'],
    ['sz.000001', '1980-01-01', '1985-12-31', 'before-listing', 'd'],
    ['sh.510300', '2012-01-01', '2012-05-25', 'before-listing', 'd'],
    ['sz.300999', '2019-01-01', '2019-12-31', 'before-listing', '5'],
    ['sz.300114', '2025-02-15', '2026-11-20', 'after-delisting', 'd'],
    ['sz.000001', '2026-11-21', '2026-12-31', 'not-published', 'd'],
    ['sz.000001', '2030-01-01', '2030-12-31', 'not-published', 'd'],
    ['sz.000001', '2026-10-03', '2026-10-06', 'no-sessions', 'd'],
    ['sh.510300', '2025-01-01', '2026-01-04', 'not-offered', 'd'],
    ['sh.000001', '2004-01-01', '2005-12-31', 'not-offered', 'd'],
    ['sh.000001', '2026-01-01', '2026-11-20', 'not-offered', '5'],
    ['sz.000001', '2019-01-01', '2019-12-31', 'not-offered', '5'],
    ['bj.920819', '2026-01-01', '2026-11-20', 'not-offered', 'd'],
  ] as const)('asks nothing of %s from %s to %s: %s', async (codeText, from, to, reason, period) => {
    const { tasks, asked, covered, pointless } = await plan([codeText], from, to, { period });
    expect([tasks, covered]).toEqual([[], []]);
    expect(pointless).toEqual([{ code: codeText, reason }]);
    expect(asked).toEqual([{ code: codeText, from, to }]);
  });

  it('cuts to what the source offers', async () => {
    expect(ranges(await plan(['sh.510300', 'sh.000001'], '2000-01-04', '2026-01-09'))).toEqual([
      'sh.510300 2026-01-05 2026-01-09',
      'sh.000001 2006-01-02 2026-01-09',
    ]);
    expect(ranges(await plan(['sz.000001'], '2019-12-01', '2020-01-10', { period: '30' }))).toEqual([
      'sz.000001 2020-01-03 2020-01-10',
    ]);
  });

  it('takes a code that the catalogue lacks as it is', async () => {
    expect(ranges(await plan(['sh.999999'], '2024-01-02', '2024-01-05'))).toEqual(['sh.999999 2024-01-02 2024-01-05']);
  });
});

describe('a plan over what is stored', () => {
  beforeAll(async () => {
    database = await marketFile();
    await store('sh.600519', '2024-01-01', '2024-03-29');
    await store('sh.600519', '2024-07-01', '2024-09-30');
  });

  it('asks for nothing that is covered', async () => {
    const found = await plan(['sh.600519'], '2024-01-01', '2024-03-31');
    expect(found.tasks).toEqual([]);
    expect(found.covered).toEqual(['sh.600519']);
    expect(found.asked).toEqual([{ code: 'sh.600519', from: '2024-01-01', to: '2024-03-29' }]);
  });

  it('asks for the hole inside and the ends outside, in one request where that is cheaper', async () => {
    expect(ranges(await plan(['sh.600519'], '2024-02-01', '2024-08-01'))).toEqual(['sh.600519 2024-04-01 2024-06-28']);
    expect(ranges(await plan(['sh.600519'], '2023-12-20', '2024-10-10'))).toEqual(['sh.600519 2023-12-20 2024-10-10']);
    expect(ranges(await plan(['sh.600519'], '2016-06-01', '2024-08-01'))).toEqual([
      'sh.600519 2016-06-01 2023-12-29',
      'sh.600519 2024-04-01 2024-06-28',
    ]);
  });

  it('asks for factors once, and not again before new ones can have appeared', async () => {
    const flags = async (now: string, codes = ['sh.600519']) =>
      (await plan(codes, '2016-06-01', '2024-08-01', { clock: at(now) })).tasks.map(
        task => task.kind === 'bars' && task.factors,
      );
    expect(await flags('2026-11-20T20:30:00')).toEqual([false, false]);
    expect(await flags('2026-11-22T12:00:00')).toEqual([false, false]);
    expect(await flags('2026-11-23T17:59:00')).toEqual([false, false]);
    expect(await flags('2026-11-23T18:00:00')).toEqual([false, true]);
    expect(await flags('2026-11-20T20:30:00', ['sz.000001'])).toEqual([true]);
  });

  it('asks again for a range whose rows were deleted', async () => {
    const own = database;
    database = await marketFile();
    await store('sh.600519', '2024-01-01', '2024-03-29');
    await store('sz.000001', '2024-01-01', '2024-03-29');
    await database.pool.execute(
      `delete from daily where code = 'sh.600519' and date between '2024-02-05' and '2024-02-09'`,
    );
    const found = await plan(['sh.600519', 'sz.000001'], '2024-01-01', '2024-03-29');
    expect(found.covered).toEqual(['sz.000001']);
    const [range] = ranges(found);
    expect(range && range.slice(0, 20) <= 'sh.600519 2024-02-05' && range.slice(21) >= '2024-02-09').toBe(true);
    database = own;
  });

  it('keeps minutes and days apart', async () => {
    expect(ranges(await plan(['sh.600519'], '2024-01-02', '2024-01-03', { period: '60' }))).toEqual([
      'sh.600519 2024-01-02 2024-01-03',
    ]);
    const batch = minutesBatch([{ code: 'sh.600519', stamp: '2024-01-02 10:30', close: 10 }]);
    const run = await startRun(database);
    const task = ended({ code: 'sh.600519', from: '2024-01-02', to: '2024-01-02', period: '60', batch });
    await commit(database, request(run, [task]));
    expect(ranges(await plan(['sh.600519'], '2024-01-02', '2024-01-03', { period: '60' }))).toEqual([
      'sh.600519 2024-01-03 2024-01-03',
    ]);
  });
});

describe('holes', () => {
  const sessions = weekdays('2010-01-01', '2024-12-31');
  const calendar = new Calendar(sessions.map(date => ({ date, isOpen: true })));
  const range = (from: string, to: string) => ({ from: day(from), to: day(to) });

  it('are what covered ranges leave, however these overlap', () => {
    const covered = [
      range('2024-03-01', '2024-03-20'),
      range('2024-01-01', '2024-01-31'),
      range('2024-03-05', '2024-03-10'),
    ];
    expect(holesIn(calendar, range('2024-01-15', '2024-04-10'), covered)).toEqual([
      range('2024-02-01', '2024-02-29'),
      range('2024-03-21', '2024-04-10'),
    ]);
  });

  it('hold no range without a session', () => {
    expect(
      holesIn(calendar, range('2024-01-01', '2024-01-12'), [
        range('2024-01-01', '2024-01-05'),
        range('2024-01-08', '2024-01-12'),
      ]),
    ).toEqual([]);
  });

  it('cover, with the covered ranges, every session of every range', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 200; round++) {
      const start = addDays(day('2012-01-01'), random(1_000));
      const asked = { from: start, to: addDays(start, random(2_000)) };
      const covered = Array.from({ length: random(6) }, () => {
        const from = addDays(start, random(2_000) - 100);
        return { from, to: addDays(from, random(300)) };
      });
      const holes = holesIn(calendar, asked, covered);
      for (const date of calendar.sessionsBetween(asked.from, asked.to)) {
        const inside = (list: readonly { from: string; to: string }[]) =>
          list.filter(({ from, to }) => from <= date && date <= to).length;
        expect(inside(holes)).toBe(inside(covered) > 0 ? 0 : 1);
      }
    }
  });

  it('are joined only where that saves a request', () => {
    const near = [
      range('2024-01-02', '2024-01-05'),
      range('2024-02-01', '2024-02-02'),
      range('2024-12-30', '2024-12-31'),
    ];
    expect(coalesced(calendar, near, 'd')).toEqual([range('2024-01-02', '2024-12-31')]);
    expect(coalesced(calendar, near, '5')).toEqual([
      range('2024-01-02', '2024-02-02'),
      range('2024-12-30', '2024-12-31'),
    ]);
    const far = [range('2010-01-04', '2010-01-05'), range('2024-12-30', '2024-12-31')];
    expect(coalesced(calendar, far, 'd')).toEqual(far);
  });
});

describe('catalogue and calendar', () => {
  const fresh = (clock: Clock) => staleDatasets(database, clock, 'baostock');

  it('are asked for once a day in Shanghai, the calendar once a week', async () => {
    database = await marketFile();
    expect(await fresh(evening)).toEqual([]);
    expect(await fresh(at('2026-11-20T23:59:59'))).toEqual([]);
    const catalogue = { kind: 'dataset', id: -1, dataset: 'instruments', params: {} };
    expect(await fresh(at('2026-11-21T00:00:00'))).toEqual([catalogue]);
    expect(await fresh(at('2026-11-27T00:00:00'))).toEqual([
      catalogue,
      { kind: 'dataset', id: -2, dataset: 'calendar', params: { from: '1990-12-19', to: '2026-12-31' } },
    ]);
    expect((await staleDatasets(database, evening, 'tushare')).map(({ dataset }) => dataset)).toEqual([
      'instruments',
      'calendar',
    ]);
  });

  it('are asked for again when their rows are gone', async () => {
    await database.pool.execute('delete from instruments');
    expect((await fresh(evening)).map(({ dataset }) => dataset)).toEqual(['instruments']);
  });
});
