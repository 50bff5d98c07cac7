/** Which ranges are known to be whole, and when they are not any more. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCoverage } from '../../src/store/coverage.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { commit } from '../../src/store/writer.ts';
import {
  calendarPart,
  code,
  ended,
  endedDataset,
  Files,
  instrumentsPart,
  minutesBatch,
  request,
  series,
  startRun,
  type TaskShape,
  weekdays,
} from './fixture.ts';

let files: Files;
let database: OpenedDatabase;
let run: number;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const maotai = 'sh.600519';

beforeEach(async () => {
  database = await files.open();
  run = await startRun(database, 10);
  const calendar = endedDataset('calendar', [
    calendarPart('2023-01-01', '2024-12-31', ['2024-05-01', '2024-05-02', '2024-05-03']),
  ]);
  const instruments = endedDataset('instruments', [
    instrumentsPart([
      { code: maotai, name: '贵州茅台' },
      { code: 'sh.600001', name: '邯郸钢铁', delisted: '2024-03-14' },
    ]),
  ]);
  await commit(database, request(run, [calendar, instruments]));
});

async function store(...shapes: TaskShape[]): Promise<void> {
  await commit(database, request(run, shapes.map(ended)));
}

async function ranges(of = maotai, dataset = 'daily'): Promise<string[]> {
  const coverage = await readCoverage(database, dataset, [code(of)]);
  return (coverage.get(code(of)) ?? []).map(
    ({ from, to, rows, whole }) => `${from} … ${to} ${rows}${whole ? '' : ' broken'}`,
  );
}

const bars = (from: string, to: string, of = maotai) => series(of, weekdays(from, to));

describe('coverage', () => {
  it('is the range that was asked, not only that which came', async () => {
    await store({ from: '2024-01-01', to: '2024-01-07', bars: bars('2024-01-01', '2024-01-05') });
    expect(await ranges()).toEqual(['2024-01-01 … 2024-01-07 5']);
  });

  it('joins ranges that overlap, touch, or have no session between them', async () => {
    await store({ from: '2024-01-01', to: '2024-01-05', bars: bars('2024-01-01', '2024-01-05') });
    await store({ from: '2024-01-08', to: '2024-01-10', bars: bars('2024-01-08', '2024-01-10') });
    await store({ from: '2024-01-10', to: '2024-01-12', bars: bars('2024-01-10', '2024-01-12') });
    expect(await ranges()).toEqual(['2024-01-01 … 2024-01-12 10']);
    // From Tuesday 30 April over the holidays to Monday 6 May.
    await store({ bars: bars('2024-04-29', '2024-04-30') }, { bars: bars('2024-05-06', '2024-05-08') });
    expect(await ranges()).toEqual(['2024-01-01 … 2024-01-12 10', '2024-04-29 … 2024-05-08 5']);
  });

  it('keeps ranges apart where sessions are missing between them, and closes the hole', async () => {
    await store({ bars: bars('2024-01-02', '2024-01-05') }, { bars: bars('2024-01-15', '2024-01-19') });
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-05 4', '2024-01-15 … 2024-01-19 5']);
    await store({ bars: bars('2024-01-08', '2024-01-12') });
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-19 14']);
  });

  it('knows each code and period by itself', async () => {
    await store(
      { bars: bars('2024-01-02', '2024-01-05') },
      { bars: bars('2024-01-03', '2024-01-04', 'sz.000001') },
      { period: '5', code: maotai, batch: minutesBatch([{ code: maotai, stamp: '2024-01-02 09:35', close: 1 }]) },
    );
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-05 4']);
    expect(await ranges('sz.000001')).toEqual(['2024-01-03 … 2024-01-04 2']);
    expect(await ranges(maotai, 'min5')).toEqual(['2024-01-02 … 2024-01-02 1']);
    expect(await ranges('sz.000001', 'min5')).toEqual([]);
  });

  it('shows rows that were deleted or added by SQL, and is whole again after the next fetch', async () => {
    const all = bars('2024-01-02', '2024-01-31');
    await store({ bars: all }, { bars: bars('2024-06-03', '2024-06-07') });
    await database.pool.execute(`delete from daily where date between '2024-01-10' and '2024-01-11'`);
    expect(await ranges()).toEqual([`2024-01-02 … 2024-01-31 ${all.length} broken`, '2024-06-03 … 2024-06-07 5']);
    await store({ bars: all });
    expect(await ranges()).toEqual([`2024-01-02 … 2024-01-31 ${all.length}`, '2024-06-03 … 2024-06-07 5']);
  });

  it('is counted by its own rows, not by what the code has in all', async () => {
    const all = bars('2024-01-02', '2024-01-31');
    const found = async () =>
      ((await readCoverage(database, 'daily', [code(maotai)])).get(code(maotai)) ?? []).map(range => [
        range.rows,
        range.stored,
        range.whole,
      ]);
    await store({ bars: all });
    await database.pool.execute(`update daily set date = '2024-03-01' where date = '2024-01-10'`);
    expect(await found()).toEqual([[all.length, all.length - 1, false]]);
    await database.pool.execute(`update daily set date = '2023-12-29' where date = '2024-03-01'`);
    expect(await found()).toEqual([[all.length, all.length - 1, false]]);
    await database.pool.execute(`insert into daily from daily where date = '2024-01-11'`);
    expect(await found()).toEqual([[all.length, all.length, true]]);
    await store({ bars: bars('2024-06-03', '2024-06-07') });
    await database.pool.execute(`delete from daily where date = '2024-06-04'`);
    expect((await found()).at(-1)).toEqual([5, 4, false]);
    await database.pool.execute('delete from daily');
    expect((await found()).map(([, stored, whole]) => [stored, whole])).toEqual([
      [0, false],
      [0, false],
    ]);
  });

  it('cuts a lost session out of its range instead of hiding it behind new rows', async () => {
    const all = bars('2024-01-02', '2024-01-31');
    await store({ bars: all });
    await database.pool.execute(`delete from daily where date = '2024-01-10'`);
    await store({ bars: bars('2024-02-01', '2024-02-02') });
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-09 6', '2024-01-11 … 2024-02-02 17']);
  });

  it('holds what was in the table before it was known', async () => {
    await store({ bars: bars('2024-01-02', '2024-01-12') });
    await database.pool.execute('delete from meta.coverage');
    await store({ bars: bars('2024-01-08', '2024-01-19') });
    expect(await ranges()).toEqual(['2024-01-08 … 2024-01-19 10']);
    await store({ bars: bars('2024-01-02', '2024-01-19') });
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-19 14']);
  });
});

describe('the end of a range', () => {
  it('is the last session that came where the last ones are missing although the code is listed', async () => {
    await store({ from: '2024-01-02', to: '2024-01-12', bars: bars('2024-01-02', '2024-01-10') });
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-10 7']);
  });

  it('stays where only closed days are missing, or sessions inside', async () => {
    const some = bars('2024-01-02', '2024-01-12').filter(({ date }) => date !== '2024-01-05');
    await store({ from: '2023-12-31', to: '2024-01-14', bars: some });
    expect(await ranges()).toEqual(['2023-12-31 … 2024-01-14 8']);
  });

  it('stays where the code has left the exchange', async () => {
    const last = bars('2024-01-02', '2024-03-13', 'sh.600001');
    await store({ from: '2024-01-02', to: '2024-06-28', bars: last });
    expect(await ranges('sh.600001')).toEqual([`2024-01-02 … 2024-06-28 ${last.length}`]);
  });

  it('is the last session that came where the calendar does not reach', async () => {
    await store({ from: '2024-12-30', to: '2025-01-05', bars: bars('2024-12-30', '2025-01-03') });
    expect(await ranges()).toEqual(['2024-12-30 … 2025-01-03 5']);
  });

  it('stays where the source has no rows for suspended sessions', async () => {
    await commit(
      database,
      request(
        run,
        [ended({ from: '2024-01-02', to: '2024-01-12', bars: bars('2024-01-02', '2024-01-10') })],
        'tushare',
      ),
    );
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-12 7']);
  });

  it('counts a session in quarantine as received', async () => {
    const rejected = [{ code: maotai, at: '2024-01-12', reason: 'high below low', raw: '["2024-01-12"]' }];
    await store({ from: '2024-01-02', to: '2024-01-12', bars: bars('2024-01-02', '2024-01-11'), rejected });
    expect(await ranges()).toEqual(['2024-01-02 … 2024-01-12 8']);
  });
});

describe('an empty answer', () => {
  it.each([
    ['suspended', ['2024-01-02 … 2024-01-05 0']],
    ['before-listing', ['2024-01-02 … 2024-01-05 0']],
    ['after-delisting', ['2024-01-02 … 2024-01-05 0']],
    ['no-sessions', ['2024-01-02 … 2024-01-05 0']],
    ['not-published', []],
    ['not-offered', []],
  ] as const)('because of %s covers %j', async (reason, covered) => {
    await store({ from: '2024-01-02', to: '2024-01-05', outcome: { class: 'ok-empty', reason } });
    expect(await ranges()).toEqual(covered);
  });
});
