/** Rows that failed a rule are kept apart, once, until a sound row comes in their place. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { readQuarantine } from '../../src/store/quarantine.ts';
import { readRuns } from '../../src/store/runs.ts';
import { commit } from '../../src/store/writer.ts';
import { all, code, ended, Files, request, series, startRun } from './fixture.ts';

let files: Files;
let database: OpenedDatabase;
let run: number;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());
beforeEach(async () => {
  database = await files.open();
  run = await startRun(database, 20);
});

const maotai = 'sh.600519';
const sound = series(maotai, ['2024-01-02', '2024-01-04']);
const bad = { code: maotai, at: '2024-01-03', reason: 'high below close', raw: '["2024-01-03","9"]' };
const range = { from: '2024-01-02', to: '2024-01-04' };

describe('a rejected row', () => {
  it('is kept whole beside the rows that are sound', async () => {
    const committed = await commit(database, request(run, [ended({ ...range, bars: sound, rejected: [bad] })]));
    expect(committed).toMatchObject({ rows: 2, quarantined: 1 });
    expect(await readQuarantine(database)).toEqual([
      { ...bad, dataset: 'daily', run, source: 'baostock', seenAt: expect.any(Number) },
    ]);
    expect(await readRuns(database)).toMatchObject([{ rows: 2, quarantined: 1 }]);
  });

  it('that comes again is counted again and kept once', async () => {
    const task = ended({ ...range, bars: sound, rejected: [bad, bad] });
    await commit(database, request(run, [task]));
    expect(await commit(database, request(await startRun(database, 1), [task]))).toMatchObject({ quarantined: 2 });
    expect(await readQuarantine(database)).toMatchObject([{ run }]);
  });

  it('of a task that failed is kept too, and one that nothing could be read of', async () => {
    const unread = { code: null, at: null, reason: 'no cells', raw: '[]' };
    const task = ended({
      bars: [],
      rejected: [bad, unread],
      outcome: { class: 'bad-data', message: 'columns are missing' },
    });
    await commit(database, request(run, [task]));
    expect(await readQuarantine(database)).toHaveLength(2);
    expect(await readQuarantine(database, { codes: [code(maotai)] })).toMatchObject([bad]);
  });

  it('is settled by the run that brings a sound one in its place', async () => {
    await commit(
      database,
      request(run, [ended({ ...range, bars: sound, rejected: [bad, { ...bad, at: '2024-01-05' }] })]),
    );
    const later = await startRun(database, 1);
    await commit(
      database,
      request(later, [ended({ ...range, bars: series(maotai, ['2024-01-02', '2024-01-03', '2024-01-04']) })]),
    );
    expect(await readQuarantine(database)).toMatchObject([{ at: '2024-01-05' }]);
    expect(await all(database, 'select "at", settled_run from meta.quarantine order by 1')).toEqual([
      ['2024-01-03', later],
      ['2024-01-05', null],
    ]);
  });

  it('stays where the same answer brings a sound row and the same finding again', async () => {
    const task = ended({ ...range, bars: series(maotai, ['2024-01-02', '2024-01-03']), rejected: [bad] });
    await commit(database, request(run, [task]));
    await commit(database, request(await startRun(database, 1), [task]));
    expect(await readQuarantine(database)).toMatchObject([{ run, at: '2024-01-03' }]);
  });

  it('keeps hostile text as text', async () => {
    const hostile = { ...bad, raw: `'); drop table daily; -- \u0000 \u001b[2J`, reason: `it's "odd"` };
    await commit(database, request(run, [ended({ ...range, bars: sound, rejected: [hostile] })]));
    expect(await readQuarantine(database)).toMatchObject([{ raw: hostile.raw, reason: hostile.reason }]);
  });
});
