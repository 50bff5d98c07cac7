/** The way into the database: what is staged while the commit before is stored, its order, and what a failure leaves. */
import { afterAll, describe, expect, it } from 'vitest';
import { Writing } from '../../src/fetch/writing.ts';
import type { Batch } from '../../src/market/columns.ts';
import type { Committed, EndedTask } from '../../src/store/batch.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { commit } from '../../src/store/writer.ts';
import { day, Files, now, startRun, code as theCode } from '../store/fixture.ts';

const files = new Files();
afterAll(() => files.close());

const rowsOfTask = 130_000;

/** More rows of one code than a code can have, so that few tasks make a full commit: bars of five minutes. */
function endedTask(id: number): EndedTask {
  const first = BigInt(id) * 1_000_000_000_000_000n;
  const ones = new Float64Array(rowsOfTask).fill(1);
  const price = { kind: 'double', values: ones, valid: null } as const;
  const batch: Batch = {
    rows: rowsOfTask,
    columns: {
      date: {
        kind: 'date',
        values: Int32Array.from({ length: rowsOfTask }, (_, row) => 3_000 + Math.floor(row / 48)),
        valid: null,
      },
      time: {
        kind: 'timestamp',
        values: BigInt64Array.from({ length: rowsOfTask }, (_, row) => first + BigInt(row) * 300_000_000n),
        valid: null,
      },
      open: price,
      high: price,
      low: price,
      close: price,
      volume: { kind: 'bigint', values: new BigInt64Array(rowsOfTask).fill(1n), valid: null },
      amount: price,
    },
  };
  const outcome = { class: 'ok', rows: rowsOfTask } as const;
  return {
    task: {
      kind: 'bars',
      id,
      code: theCode(`sh.6000${String(id).padStart(2, '0')}`),
      period: '5',
      from: day('1978-01-01'),
      to: day('1999-12-31'),
      factors: false,
    },
    outcome,
    parts: [{ table: 'min5', batch, rejected: [] }],
    attempts: [{ number: 1, startedAt: now, endedAt: now, worker: 1, requests: 2, outcome }],
  };
}

interface Told {
  readonly begun: string[];
  readonly stored: number[];
  readonly held: boolean[];
  readonly errors: unknown[];
}

async function writingInto(database: OpenedDatabase): Promise<{ writing: Writing; told: Told; run: number }> {
  const run = await startRun(database, 8);
  const told: Told = { begun: [], stored: [], held: [], errors: [] };
  const writing = new Writing({
    commit: (request, how): Promise<Committed> => {
      const ids = request.ended.map(({ task }) => task.id).join();
      const staged = () => {
        told.begun.push(`staged ${ids}`);
        how.staged?.();
      };
      told.begun.push(`begun ${ids}`);
      return commit(database, request, { ...how, initials: name => name, staged });
    },
    run,
    source: 'baostock',
    takeCounts: () => ({ requests: new Map([['kline', 1]]), logins: 0 }),
    full: full => void told.held.push(full),
    committed: ended => void told.stored.push(...ended.map(({ task }) => task.id)),
    failed: error => void told.errors.push(error),
  });
  return { writing, told, run };
}

describe('the way into the database', () => {
  it('stages the next commit while the one before waits or is stored, no third one, and stores in order', async () => {
    const database = await files.open();
    const { writing, told, run } = await writingInto(database);
    const turn = await database.pool.writeTurn({ tag: 'somebody' });
    for (let id = 1; id <= 6; id++) writing.add(endedTask(id));
    await expect.poll(() => told.begun).toEqual(['begun 1,2', 'staged 1,2', 'begun 3,4,5,6', 'staged 3,4,5,6']);
    expect(told.held).toEqual([true]);
    writing.add(endedTask(7));
    writing.add(endedTask(8));
    expect(told.stored).toEqual([]);
    await turn[Symbol.asyncDispose]();
    await writing.drain();
    expect(told.stored).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(told.held).toEqual([true, false]);
    const { rows } = await database.pool.query(
      `select count(*), (select count(*) from meta.coverage), (select ok from meta.runs where run = $run) from main.min5`,
      { run },
    );
    expect(rows.map(row => row.map(Number))).toEqual([[8 * rowsOfTask, 8, 8]]);
    expect(database.pool.status().checkedOut).toBe(0);
  });

  it('gives up what was staged when the commit before failed, and hands back all that is in no table', async () => {
    const database = await files.open({ pool: { timeoutMs: 1_500 } });
    const { writing, told } = await writingInto(database);
    await using _turn = await database.pool.writeTurn({ tag: 'somebody' });
    for (let id = 1; id <= 5; id++) writing.add(endedTask(id));
    await writing.drain();
    expect(told.errors.map(String)).toEqual([expect.stringMatching(/the write lane was not free/)]);
    expect(told.stored).toEqual([]);
    const { ended, requests } = writing.unstored;
    expect(ended.map(({ task }) => task.id)).toEqual([1, 2, 3, 4, 5]);
    expect([...requests]).toEqual([['kline', 2]]);
    expect(database.pool.status().lanes.map(({ held }) => held)).toEqual([0, 0, 0]);
  });
});
