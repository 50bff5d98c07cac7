import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCoverage } from '../../src/store/coverage.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { readRuns } from '../../src/store/runs.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import { all, calendarPart, ended, endedDataset, Files, request, series, startRun, weekdays } from './fixture.ts';

let files: Files;
let database: OpenedDatabase;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const maotai = 'sh.600519';
const days = weekdays('2024-01-01', '2024-03-29');

async function fresh(planned = 10): Promise<number> {
  database = await files.open();
  const run = await startRun(database, planned);
  await commit(database, request(run, [endedDataset('calendar', [calendarPart('2023-01-01', '2026-12-31')])]));
  return run;
}

describe('rows', () => {
  it('stores what came, with every value and NULL in its place', async () => {
    const run = await fresh();
    const bars = series(maotai, days).map((bar, index) => ({ ...bar, turn: index % 3 === 0 ? null : 0.25 }));
    const committed = await commit(database, request(run, [ended({ bars })]));
    expect(committed.rows).toBe(days.length);
    expect(
      await all(
        database,
        'select count(*), count(turn), count(pe_ttm), sum(volume), min(date)::varchar, max(source) from daily',
      ),
    ).toEqual([
      [
        days.length,
        days.length - Math.ceil(days.length / 3),
        0,
        days.reduce((sum, _, index) => sum + 1000 + index, 0),
        days[0],
        'baostock',
      ],
    ]);
  });
});
