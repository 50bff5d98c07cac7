/** What retry asks for, by the ledger and the quarantine of a real file. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { readFailures } from '../../src/store/ledger.ts';
import { commit } from '../../src/store/writer.ts';
import { loadCatalogue } from '../../src/sync/catalogue.ts';
import { type RetryChoice, retryTasks } from '../../src/sync/retry.ts';
import {
  barsBatch,
  calendarPart,
  code,
  ended,
  endedDataset,
  Files,
  instrumentsPart,
  request,
  series,
  startRun,
  weekdays,
} from '../store/fixture.ts';

const files = new Files();
let database: OpenedDatabase;

const cut = { class: 'retry-network', message: 'The connection was closed inside a frame.' } as const;
const bad = { class: 'bad-data', message: 'The rows are no rows.' } as const;

const flawed = (at: string) => ({ code: 'sh.600519', at, reason: 'high is below another price', raw: '["x"]' });

beforeAll(async () => {
  database = await files.open();
  const run = await startRun(database);
  const instruments = instrumentsPart([
    { code: 'sh.600519', name: '贵州茅台' },
    { code: 'sz.000001', name: '平安银行' },
    { code: 'sh.000001', name: '上证综合指数', kind: 'index' },
  ]);
  const days = weekdays('2024-01-02', '2024-01-31').filter(date => !['2024-01-10', '2024-01-12'].includes(date));
  const stored = ended({
    code: 'sh.600519',
    from: '2024-01-02',
    to: '2024-01-31',
    batch: barsBatch(series('sh.600519', days)),
    rejected: [flawed('2024-01-10'), flawed('2024-01-12'), flawed('2024-01-13'), flawed('?')],
  });
  await commit(
    database,
    request(run, [
      endedDataset('calendar', [calendarPart('2010-01-01', '2026-12-31')]),
      endedDataset('instruments', [instruments]),
      stored,
      ended({ code: 'sz.000001', from: '2024-01-02', to: '2024-03-29', outcome: cut }),
      ended({ code: 'sz.000001', from: '2025-01-02', to: '2025-03-31', outcome: cut }),
      ended({ code: 'sh.000001', from: '2024-01-02', to: '2024-03-29', period: '5', outcome: bad }),
      { ...endedDataset('industry', [], { date: '2024-01-02' }), outcome: cut },
    ]),
  );
  await commit(
    database,
    request(run, [ended({ code: 'sh.600000', from: '2024-01-02', to: '2024-01-05', outcome: cut })], 'tushare'),
  );
});
afterAll(() => files.close());

async function tasks(choice: RetryChoice, codes: readonly string[] | null = null): Promise<string[]> {
  const catalogue = await loadCatalogue(database);
  const found = await retryTasks(database, 'baostock', choice, codes?.map(code) ?? null, catalogue);
  expect(found.map(({ id }) => id)).toEqual(found.map((_, index) => index + 1));
  return found.map(task =>
    task.kind === 'bars'
      ? `${task.code} ${task.period} ${task.from} ${task.to}${task.factors ? ' factors' : ''}`
      : `${task.dataset} ${JSON.stringify(task.params)}`,
  );
}

const bank = ['sz.000001 d 2024-01-02 2024-03-29', 'sz.000001 d 2025-01-02 2025-03-31 factors'];

describe('retry', () => {
  it('of all asks for the whole ledger of its source, with the ranges that failed, and for sessions in quarantine', async () => {
    expect(await tasks({ kind: 'all' })).toEqual([
      'sh.000001 5 2024-01-02 2024-03-29',
      'sh.600519 d 2024-01-10 2024-01-12 factors',
      ...bank,
      'industry {"date":"2024-01-02"}',
    ]);
  });

  it('of codes asks for theirs alone', async () => {
    expect(await tasks({ kind: 'codes', inputs: [] }, ['sz.000001'])).toEqual(bank);
    expect(await tasks({ kind: 'codes', inputs: [] }, ['sh.600519'])).toEqual([
      'sh.600519 d 2024-01-10 2024-01-12 factors',
    ]);
    expect(await tasks({ kind: 'codes', inputs: [] }, ['sh.600000'])).toEqual([]);
  });

  it('of a class or a run asks for that part of the ledger', async () => {
    expect(await tasks({ kind: 'all', classes: ['bad-data'] })).toEqual(['sh.000001 5 2024-01-02 2024-03-29']);
    expect(await tasks({ kind: 'all', run: 99 })).toEqual([]);
    expect(await tasks({ kind: 'all', run: 1 })).toHaveLength(4);
  });

  it('of picked entries asks for exactly these', async () => {
    const failures = (await readFailures(database)).filter(({ from }) => from === '2025-01-02');
    expect(await tasks({ kind: 'picked', failures })).toEqual(['sz.000001 d 2025-01-02 2025-03-31 factors']);
  });
});
