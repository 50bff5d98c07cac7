/** What failed stands on the ledger until it is made good; every try is kept; counts add up at every commit. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/source/outcome.ts';
import { readAttempts } from '../../src/store/attempts.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { type FailureFilter, readFailures } from '../../src/store/ledger.ts';
import { addRequests, requestKey, requestsToday } from '../../src/store/requests.ts';
import { closeRun, openRun, planRun, readRuns } from '../../src/store/runs.ts';
import { commit } from '../../src/store/writer.ts';
import {
  all,
  calendarPart,
  clock,
  code,
  ended,
  endedDataset,
  Files,
  instrumentsPart,
  now,
  request,
  series,
  startRun,
  weekdays,
} from './fixture.ts';

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
const network: Failure = { class: 'retry-network', message: 'closed inside a frame' };
const days = weekdays('2024-01-01', '2024-01-31');

const failing = (from: string, to: string, outcome: Failure = network, of = maotai) =>
  ended({ code: of, from, to, outcome, attempts: 4 });

async function ledger(filter?: FailureFilter): Promise<string[]> {
  const failures = await readFailures(database, filter);
  return failures
    .map(({ code: of, from, to, class: kind, attempts }) => `${of} ${from} … ${to} ${kind} ${attempts}`)
    .sort();
}

describe('the ledger', () => {
  it('holds code, range, class, words, tries and times of what failed', async () => {
    await commit(
      database,
      request(run, [endedDataset('instruments', [instrumentsPart([{ code: maotai, name: '贵州茅台' }])])]),
    );
    const banned: Failure = {
      class: 'banned',
      message: 'the address is blacklisted',
      code: '10001011',
      said: '黑名单用户',
      retryAfterMs: 60_000,
    };
    await commit(database, request(run, [failing('2024-01-01', '2024-01-31', banned)]));
    expect(await readFailures(database)).toEqual([
      {
        code: maotai,
        name: '贵州茅台',
        dataset: 'daily',
        params: {},
        from: '2024-01-01',
        to: '2024-01-31',
        class: 'banned',
        message: 'the address is blacklisted',
        attempts: 4,
        firstAt: now,
        lastAt: now + 3500,
        nextRetry: now + 63_500,
        run,
        source: 'baostock',
        providerCode: '10001011',
        said: '黑名单用户',
      },
    ]);
  });

  it('keeps one row of a range that fails again, with the tries of both', async () => {
    await commit(database, request(run, [failing('2024-01-01', '2024-01-31')]));
    const later = await startRun(database, 1);
    await commit(
      database,
      request(later, [failing('2024-01-01', '2024-01-31', { class: 'throttled', message: 'too often' })]),
    );
    expect(await ledger()).toEqual([`${maotai} 2024-01-01 … 2024-01-31 throttled 8`]);
    expect(await readFailures(database)).toMatchObject([{ run: later, message: 'too often', firstAt: now }]);
  });

  it('joins a failed range with the ones around and inside it, and leaves others alone', async () => {
    await commit(database, request(run, [failing('2024-01-08', '2024-01-12'), failing('2024-01-15', '2024-01-19')]));
    await commit(
      database,
      request(run, [failing('2024-01-01', '2024-01-17'), failing('2024-01-01', '2024-01-31', network, 'sz.000001')]),
    );
    expect(await ledger()).toEqual([
      `${maotai} 2024-01-01 … 2024-01-17 retry-network 8`,
      `${maotai} 2024-01-15 … 2024-01-19 retry-network 4`,
      'sz.000001 2024-01-01 … 2024-01-31 retry-network 4',
    ]);
    await commit(database, request(run, [failing('2024-01-16', '2024-01-16')]));
    expect(await ledger({ codes: [code(maotai)] })).toEqual([`${maotai} 2024-01-01 … 2024-01-19 retry-network 16`]);
  });

  it('loses what a success contains, not what reaches beyond it', async () => {
    await commit(
      database,
      request(run, [
        failing('2024-01-08', '2024-01-12'),
        failing('2024-01-10', '2024-02-20'),
        failing('2024-01-08', '2024-01-12', network, 'sz.000001'),
      ]),
    );
    await commit(database, request(run, [ended({ bars: series(maotai, days), from: '2024-01-01', to: '2024-01-31' })]));
    expect(await ledger()).toEqual([
      `${maotai} 2024-01-10 … 2024-02-20 retry-network 4`,
      'sz.000001 2024-01-08 … 2024-01-12 retry-network 4',
    ]);
  });

  it('loses what several successes cover together', async () => {
    await commit(database, request(run, [endedDataset('calendar', [calendarPart('2024-01-01', '2024-12-31')])]));
    await commit(database, request(run, [failing('2024-01-01', '2024-01-31')]));
    await commit(database, request(run, [ended({ bars: series(maotai, days.slice(0, 10)) })]));
    expect(await ledger()).toHaveLength(1);
    await commit(database, request(run, [ended({ bars: series(maotai, days.slice(10)) })]));
    expect(await ledger()).toEqual([]);
  });

  it('keeps a failure of what was stored before: it was asked for anew', async () => {
    await commit(database, request(run, [ended({ bars: series(maotai, days) })]));
    await commit(database, request(run, [failing('2024-01-02', '2024-01-05')]));
    expect(await ledger()).toEqual([`${maotai} 2024-01-02 … 2024-01-05 retry-network 4`]);
  });

  it('follows the order of tasks within one commit', async () => {
    const good = ended({ bars: series(maotai, days) });
    await commit(database, request(run, [failing('2024-01-02', '2024-01-05'), good]));
    expect(await ledger()).toEqual([]);
    await commit(database, request(run, [good, failing('2024-01-02', '2024-01-05')]));
    expect(await ledger()).toHaveLength(1);
  });

  it('tells periods and datasets apart', async () => {
    const dividends = (params: Record<string, string>, outcome?: Failure) => {
      const one = endedDataset('dividends', [], params);
      return outcome ? { ...one, outcome } : { ...one, outcome: { class: 'ok-empty', reason: 'no-events' } as const };
    };
    await commit(
      database,
      request(run, [
        ended({ code: maotai, from: '2024-01-01', to: '2024-01-31', period: '5', outcome: network }),
        dividends({ code: maotai, year: '2024' }, network),
        dividends({ year: '2023', code: maotai }, network),
      ]),
    );
    await commit(
      database,
      request(run, [ended({ bars: series(maotai, days) }), dividends({ year: '2024', code: maotai })]),
    );
    const left = await readFailures(database);
    expect(left.map(({ dataset, params, from }) => ({ dataset, params, from }))).toEqual([
      { dataset: 'dividends', params: { code: maotai, year: '2023' }, from: null },
      { dataset: 'min5', params: {}, from: '2024-01-01' },
    ]);
  });

  it('can be read by class, code, dataset, run and time', async () => {
    const other: Failure = { class: 'unknown-code', message: 'the provider knows no such code' };
    await commit(database, request(run, [failing('2024-01-01', '2024-01-31')]));
    const later = await startRun(database, 1);
    await commit(database, request(later, [failing('2024-01-01', '2024-01-31', other, 'sh.999999')]));
    const unknown = ['sh.999999 2024-01-01 … 2024-01-31 unknown-code 4'];
    expect(await ledger({ classes: ['unknown-code', 'banned'] })).toEqual(unknown);
    expect(await ledger({ codes: [code('sh.999999')] })).toEqual(unknown);
    expect(await ledger({ run: later })).toEqual(unknown);
    expect(await ledger({ datasets: ['min5'] })).toEqual([]);
    expect(await ledger({ since: now })).toHaveLength(2);
    expect(await ledger({ since: now + 10_000 })).toEqual([]);
  });

  it('takes hostile words as text', async () => {
    const said = `'); drop table daily; --\u001b[2J`;
    await commit(database, request(run, [failing('2024-01-01', '2024-01-31', { ...network, said }, `sh.'or''`)]));
    expect(await readFailures(database)).toMatchObject([{ said, code: `sh.'or''` }]);
    expect(await ledger({ codes: [code(`sh.'or''`)] })).toHaveLength(1);
  });
});

describe('every try', () => {
  it('is kept, also those of tasks that came through', async () => {
    const good = ended({ bars: series(maotai, days), attempts: 3 });
    await commit(database, request(run, [good, failing('2024-02-01', '2024-02-29')]));
    const attempts = await readAttempts(database, code(maotai));
    expect(attempts).toHaveLength(7);
    expect(attempts.filter(({ class: kind }) => kind === 'ok')).toHaveLength(3);
    expect(attempts.find(({ from }) => from === '2024-02-01')).toMatchObject({
      message: 'closed inside a frame',
      run,
      dataset: 'daily',
      endedAt: now + 3500,
    });
  });
});

describe('a run', () => {
  const counts = async () => {
    const [one] = await readRuns(database, { run });
    return one ? [one.planned, one.ok, one.empty, one.failed, one.left] : [];
  };

  it('has planned = ok + empty + failed + left at every commit', async () => {
    run = await openRun(database, {
      what: 'fetch --all',
      source: 'baostock',
      endpoint: 'x:1',
      period: 'd',
      workers: 5,
      startedAt: now,
    });
    await commit(database, request(run, [endedDataset('calendar', [calendarPart('2024-01-01', '2024-12-31')])]));
    expect(await counts()).toEqual([0, 0, 0, 0, 0]);
    await planRun(database, run, 5, 2);
    expect(await counts()).toEqual([5, 0, 0, 0, 5]);
    const good = ended({ bars: series(maotai, days) });
    await commit(database, request(run, [good, failing('2024-01-01', '2024-01-31', network, 'sz.000001')]));
    expect(await counts()).toEqual([5, 1, 0, 1, 3]);
    await commit(
      database,
      request(run, [ended({ code: 'sz.000002', outcome: { class: 'ok-empty', reason: 'suspended' } })]),
    );
    expect(await counts()).toEqual([5, 1, 1, 1, 2]);
    // The same tasks handed in again.
    await commit(database, request(run, [good]));
    expect(await counts()).toEqual([5, 1, 1, 1, 2]);
    await closeRun(database, run, {
      end: 'cancelled',
      endedAt: now + 9000,
      seconds: 7.5,
      message: 'cancelled by hand',
    });
    expect(await readRuns(database, { run })).toMatchObject([
      {
        run,
        planned: 5,
        covered: 2,
        left: 2,
        rows: days.length,
        end: 'cancelled',
        seconds: 7.5,
        endedAt: now + 9000,
        message: 'cancelled by hand',
        what: 'fetch --all',
        workers: 5,
      },
    ]);
  });

  it('counts rows of what it was asked for, not the factors beside them', async () => {
    const { rows, exDates } = await commit(
      database,
      request(run, [ended({ bars: series(maotai, days), factors: { '2024-01-15': 1.1, '2024-01-20': 1.2 } })]),
    );
    expect([rows, exDates]).toEqual([days.length, 2]);
    expect(await readRuns(database, { run })).toMatchObject([{ rows: days.length }]);
  });

  it('counts messages by endpoint, method and day', async () => {
    const requests = new Map([
      [requestKey('127.0.0.1:10030', 'login'), 5],
      [requestKey('127.0.0.1:10030', 'query_history_k_data_plus'), 40],
    ]);
    await commit(database, { ...request(run, []), requests, logins: 5 });
    await commit(database, { ...request(run, []), requests, logins: 0 });
    await addRequests(database, new Map([[requestKey('127.0.0.1:10030', 'logout'), 1]]));
    expect(await readRuns(database, { run })).toMatchObject([{ requests: 90, logins: 5 }]);
    expect(await requestsToday(database, '127.0.0.1:10030', clock.today())).toBe(91);
    expect(await requestsToday(database, 'elsewhere:1', clock.today())).toBe(0);
    expect(await all(database, 'select day::varchar, method, count from meta.requests order by method')).toEqual([
      ['2026-11-20', 'login', 10],
      ['2026-11-20', 'logout', 1],
      ['2026-11-20', 'query_history_k_data_plus', 80],
    ]);
  });

  it('gets the next number, newest first in the list', async () => {
    const second = await startRun(database, 1);
    expect(second).toBe(run + 1);
    expect((await readRuns(database)).map(one => one.run)).toEqual([second, run]);
    expect((await readRuns(database, { limit: 1 })).map(one => one.run)).toEqual([second]);
  });
});
